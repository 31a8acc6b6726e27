#!/usr/bin/env bash
# Shows the whole way on this machine: installs what is missing, takes a real sample and ends with what `id` says in a
# container of the rebuilt image.
#
#   npm run demo
#
# Needs Node, and apt-get or dnf where something is missing. Where no registry answers, a Debian base is bootstrapped
# (mmdebstrap), or IMAGE_FIX_ROOTFS=DIR names a root file system to import: an unpacked one, or a folder that holds an
# alpine-minirootfs archive. Nothing of the repository is changed but node_modules/ and dist/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
alpine=docker.io/library/alpine:3.20
debian=docker.io/library/debian:bookworm-slim
image=localhost/image-fix-demo:1

say() { printf 'demo: %s\n' "$*" >&2; }
fail() { say "$*"; exit 3; }
has() { command -v "$1" >/dev/null 2>&1; }
quiet() { "$@" >/dev/null 2>&1; }

work=$(mktemp -d)
engine=
# shellcheck disable=SC2329 # called by the trap
clean() {
  [ -z "$engine" ] || quiet "$engine" image rm -f "$image" || true
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# podman where it is there (and made to run containers, where it does not), else Docker where it answers.
find_engine() {
  if ! has podman && has docker && quiet timeout 60 docker info; then
    engine=docker
    return
  fi
  has podman || say "no container engine answers"
  scripts/install-engines.sh podman
  engine=podman
}

# Makes an unpacked root file system the base it says it is.
import_rootfs() {
  local folder=${IMAGE_FIX_ROOTFS:-}
  [ -n "$folder" ] && [ -f "$folder/etc/os-release" ] || return 1
  local id
  id=$(sed -n 's/^ID="\{0,1\}\([a-z]*\)"\{0,1\}$/\1/p' "$folder/etc/os-release")
  case $id in
    alpine) base=$alpine ;;
    debian) base=$debian ;;
    *) fail "IMAGE_FIX_ROOTFS=$folder is a root file system of \"$id\"; the samples know alpine and debian" ;;
  esac
  say "importing $folder as $base"
  tar -C "$folder" --one-file-system -cf - . | "$engine" import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$base" >/dev/null
}

# Alpine, the guide's own example, where it can be had; Debian where there is no registry.
find_base() {
  base=$alpine
  if quiet "$engine" image inspect "$alpine"; then return; fi
  if import_rootfs; then return; fi
  if scripts/base-images.sh "$engine" "$alpine" 2>"$work/base.log"; then
    cat "$work/base.log" >&2
    return
  fi
  base=$debian
  if quiet "$engine" image inspect "$debian"; then
    say "no registry answers; taking the Debian base that is here"
    return
  fi
  say "no registry answers for $alpine; bootstrapping a Debian base instead (IMAGE_FIX_ROOTFS=DIR imports one of yours)"
  scripts/install-engines.sh bootstrap
  scripts/base-images.sh "$engine" "$debian" || fail "no base image is to be had here: set IMAGE_FIX_ROOTFS to a root file system"
}

show() { # command...
  printf '\n$ %s\n' "${shown:-$*}"
  shown=
  "$@"
}

shown=
base=
scripts/prepare.sh
find_engine
find_base
case $base in
  "$alpine") sample="alpine-guide" ;;
  *) sample="debian-generated" ;;
esac
cp -R "samples/$sample/." "$work/"
rm -rf "$work/expected" "$work/sample.yaml"
say "sample samples/$sample, copied, with $("$engine" --version)"

cd "$work"
show cat Containerfile
shown="image-fix Containerfile --context context --keep-image $image"
show node "$root/bin/image-fix.js" Containerfile --context context --engine "$engine" --keep-image "$image"
show "$engine" run --rm --network=none "$image"
# The guide's own proof, under the restricted profile.
restricted=(--network=none --cap-drop=ALL --security-opt=no-new-privileges)
[ "$engine" != podman ] || restricted+=(--passwd=false)
show "$engine" run --rm "${restricted[@]}" --entrypoint id "$image"

#!/usr/bin/env bash
# Sees to it that an engine has the base images of the tests and samples, by their public names.
#
#   scripts/base-images.sh podman|docker [NAME...]    (without names: all)
#
# An image that is there is left alone; else it is pulled; where no registry answers, a stand-in is made and said:
#   alpine            the published root file system, from the folder IMAGE_FIX_ROOTFS (or ../shared/rootfs)
#   debian            bootstrapped by mmdebstrap (or debootstrap), kept in the cache folder IMAGE_FIX_CACHE
#   ubi, -minimal, -micro   Debian with RHEL's os-release and with what each of them lacks taken away
#   busybox, distroless     a static busybox; a tree of accounts without any program
# Stand-ins carry the label io.image-fix.stand-in=true.
set -euo pipefail

engine=${1:?podman or docker}
shift
root=$(cd "$(dirname "$0")/.." && pwd)
cache=${IMAGE_FIX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/image-fix}
path='ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
mark='LABEL io.image-fix.stand-in=true'

alpine=docker.io/library/alpine:3.20
debian=docker.io/library/debian:bookworm-slim
busybox=docker.io/library/busybox:1.36
ubi=registry.access.redhat.com/ubi9/ubi:latest
ubi_minimal=registry.access.redhat.com/ubi9/ubi-minimal:latest
ubi_micro=registry.access.redhat.com/ubi9/ubi-micro:latest
distroless=gcr.io/distroless/static-debian12:latest
distroless_nonroot=gcr.io/distroless/static-debian12:nonroot

say() { printf 'base-images: %s\n' "$*" >&2; }
quiet() { "$@" >/dev/null 2>&1; }
has() { command -v "$1" >/dev/null 2>&1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $engine in
  podman) tool=podman ;;
  docker)
    tool=docker
    # A client in front of PATH may be too new for BuildKit without its plugin; the distribution's can do all that is
    # needed here.
    [ ! -x /usr/bin/docker ] || tool=/usr/bin/docker
    ;;
  *) say "podman or docker, not $engine"; exit 2 ;;
esac

import_tar() { # name, further changes...: a tar on standard input
  local name=$1
  shift
  local changes=(--change "$mark")
  for change in "$@"; do changes+=(--change "$change"); done
  "$tool" import "${changes[@]}" - "$name" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; return 1; }
}

build_from() { # name: a Containerfile on standard input
  mkdir -p "$work/empty"
  cat >"$work/Containerfile"
  # A daemon without a bridge has no other network; nothing is fetched.
  if ! DOCKER_BUILDKIT=0 "$tool" build --network=host --label io.image-fix.stand-in=true -t "$1" -f "$work/Containerfile" "$work/empty" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    return 1
  fi
}

alpine_stand_in() {
  local folder archive
  for folder in "${IMAGE_FIX_ROOTFS:-}" "$root/../shared/rootfs"; do
    [ -n "$folder" ] || continue
    for archive in "$folder"/alpine-minirootfs-3.20*-"$(uname -m)".tar.gz; do
      [ -f "$archive" ] || continue
      gunzip -c "$archive" | import_tar "$alpine" 'CMD ["/bin/sh"]' "$path"
      return
    done
  done
  say "no alpine-minirootfs-3.20*-$(uname -m).tar.gz: set IMAGE_FIX_ROOTFS to the folder that holds it"
  return 1
}

debian_stand_in() {
  local archive=$cache/debian-bookworm.tar
  if [ ! -s "$archive" ]; then
    mkdir -p "$cache"
    if has mmdebstrap; then
      say "bootstrapping Debian (about half a minute)"
      local mode=auto
      [ "$(id -u)" != 0 ] || mode=root
      mmdebstrap --quiet --format=tar --variant=minbase --mode="$mode" bookworm "$archive.part" >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; return 1; }
      mv "$archive.part" "$archive"
    elif has debootstrap; then
      debootstrap --variant=minbase bookworm "$work/debian" >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; return 1; }
      tar -C "$work/debian" -cf "$archive.part" .
      mv "$archive.part" "$archive"
    else
      say "no registry answers, and there is neither mmdebstrap nor debootstrap to make a Debian base"
      return 1
    fi
  fi
  import_tar "$debian" 'CMD ["bash"]' "$path" <"$archive"
}

rhel='printf "NAME=\"Red Hat Enterprise Linux\"\nVERSION=\"9.4 (Plow)\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\nPLATFORM_ID=\"platform:el9\"\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.4 (Plow)\"\n" >/usr/lib/os-release && printf "Red Hat Enterprise Linux release 9.4 (Plow)\n" >/etc/redhat-release && rm -f /etc/debian_version'
no_adduser='rm -f /usr/sbin/adduser /usr/sbin/addgroup /usr/sbin/deluser /usr/sbin/delgroup'
no_useradd='rm -f /usr/sbin/useradd /usr/sbin/groupadd /usr/sbin/usermod /usr/sbin/groupmod /usr/sbin/userdel /usr/sbin/groupdel'
no_packages='rm -rf /usr/bin/apt* /usr/bin/dpkg*'

ubi_stand_in() { # name, commands
  ensure "$debian" && build_from "$1" <<EOF
FROM $debian
RUN $rhel && $no_adduser && $2
CMD ["/bin/bash"]
EOF
}

busybox_program() {
  has busybox && command -v busybox
}

busybox_stand_in() {
  local program
  program=$(busybox_program) || { say "no registry answers, and there is no static busybox to make a base of"; return 1; }
  local tree=$work/busybox
  mkdir -p "$tree/bin" "$tree/etc" "$tree/home" "$tree/root" "$tree/tmp"
  chmod 1777 "$tree/tmp"
  cp -L "$program" "$tree/bin/busybox"
  "$tree/bin/busybox" --list | while read -r applet; do [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"; done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$tree/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' >"$tree/etc/group"
  tar -C "$tree" --owner=0 --group=0 -cf - . | import_tar "$busybox" 'CMD ["sh"]' "$path"
}

distroless_stand_in() { # name, further changes...
  local tree=$work/distroless name=$1
  shift
  mkdir -p "$tree/etc" "$tree/home" "$tree/root" "$tree/tmp" "$tree/usr/lib"
  chmod 1777 "$tree/tmp"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$tree/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n' >"$tree/etc/group"
  printf 'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="12"\n' >"$tree/usr/lib/os-release"
  ln -sf ../usr/lib/os-release "$tree/etc/os-release"
  mkdir -p "$work/home/home/nonroot"
  chmod 700 "$work/home/home/nonroot"
  tar -C "$tree" --owner=0 --group=0 -cf "$work/distroless.tar" .
  tar -C "$work/home" --owner=65532 --group=65532 -rf "$work/distroless.tar" ./home/nonroot
  import_tar "$name" "$path" "$@" <"$work/distroless.tar"
}

stand_in() { # name
  case $1 in
    "$alpine") alpine_stand_in ;;
    "$debian") debian_stand_in ;;
    "$busybox") busybox_stand_in ;;
    "$ubi") ubi_stand_in "$1" true ;;
    "$ubi_minimal") ubi_stand_in "$1" "$no_useradd" ;;
    "$ubi_micro") ubi_stand_in "$1" "$no_useradd && $no_packages" ;;
    "$distroless") distroless_stand_in "$1" ;;
    "$distroless_nonroot") distroless_stand_in "$1" 'USER 65532' 'WORKDIR /home/nonroot' ;;
    *) say "no stand-in for $1"; return 1 ;;
  esac
}

ensure() { # name
  if quiet "$tool" image inspect "$1"; then return; fi
  if quiet timeout 300 "$tool" pull "$1"; then
    say "$engine pulled $1"
    return
  fi
  stand_in "$1" || return 1
  say "$engine has a stand-in for $1 (no registry answers)"
}

[ $# -gt 0 ] || set -- "$alpine" "$debian" "$busybox" "$ubi" "$ubi_minimal" "$ubi_micro" "$distroless" "$distroless_nonroot"
missing=0
for name in "$@"; do
  ensure "$name" || { say "$engine has no $name"; missing=1; }
done
exit $missing

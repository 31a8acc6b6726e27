#!/usr/bin/env bash
# Installs container engines where they are missing and sees to it that podman runs containers on this machine.
#
#   scripts/install-engines.sh [podman] [docker] [bootstrap]     (without arguments: podman)
#
# What is there is left alone. Only where `podman run` fails as it is, a drop-in file for containers.conf is written
# (and said): runc, cgroupfs, the host's network namespace and low ulimits, which is what machines without
# CAP_SYS_RESOURCE, without a bridge or with hybrid cgroups need. `bootstrap` installs what makes base images where no
# registry answers.
set -euo pipefail

say() { printf 'install-engines: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    fail "needs root for: $* (become root, or install it yourself)"
  fi
}

updated=
install_packages() { # packages...
  if has apt-get; then
    if [ -z "$updated" ]; then
      as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null
      updated=1
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  elif has dnf; then
    as_root dnf install -y -q --setopt=install_weak_deps=False "$@" >/dev/null
  else
    fail "neither apt-get nor dnf is here: install $* by hand"
  fi
}

# What a rootless podman and machines with unusual cgroups need besides podman itself. Packages that a release does not
# know are left out.
install_known() { # packages...
  local known=()
  for package in "$@"; do
    if has apt-get; then
      if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); fi
    elif dnf -q info "$package" >/dev/null 2>&1; then
      known+=("$package")
    fi
  done
  [ ${#known[@]} = 0 ] || install_packages "${known[@]}"
}

install_podman() {
  if has podman; then return; fi
  say "installing podman"
  if has apt-get; then
    install_packages podman
    install_known runc fuse-overlayfs slirp4netns uidmap netavark aardvark-dns
  else
    install_packages podman
    install_known runc fuse-overlayfs slirp4netns shadow-utils netavark
  fi
}

install_docker() {
  if has dockerd; then return; fi
  say "installing Docker"
  if has apt-get; then
    install_packages docker.io
    install_known iptables
  else
    # Fedora's build of Docker; RHEL has none.
    install_packages moby-engine
    install_known iptables-nft
  fi
}

install_bootstrap() {
  if ! has mmdebstrap && ! has debootstrap; then
    say "installing mmdebstrap"
    install_known mmdebstrap
    has mmdebstrap || install_packages debootstrap
  fi
  if has busybox; then return; fi
  say "installing a static busybox"
  if has apt-get; then install_packages busybox-static; else install_packages busybox; fi
}

# The smallest program that ends well, as hexadecimal digits: an ELF file of 132 bytes that calls exit(0).
smallest_program() {
  local machine code
  case $(uname -m) in
    x86_64) machine=3e00 code=b83c00000031ff0f05000000 ;;  # mov eax, 60; xor edi, edi; syscall
    aarch64) machine=b700 code=000080d2a80b80d2010000d4 ;; # mov x0, 0; mov x8, 93; svc 0
    *) return 1 ;;
  esac
  printf '7f454c46020101000000000000000000'                # ELF, 64 bits, little-endian
  printf '0200%s010000007800400000000000' "$machine"       # a program; starts at 0x400078
  printf '4000000000000000000000000000000000000000'        # its one program header follows
  printf '400038000100000000000000'
  printf '01000000050000000000000000000000'                # loaded, readable and executable
  printf '00004000000000000000400000000000'
  printf '840000000000000084000000000000000000010000000000'
  printf '%s' "$code"
}

# Runs it in a container of an image that holds nothing else.
podman_runs() {
  local image=localhost/image-fix-check:$$ status=0 folder
  folder=$(mktemp -d)
  smallest_program | sed 's/../\\x&/g' >"$folder/escaped" || true
  if [ "$(wc -c <"$folder/escaped")" != 528 ]; then
    rm -rf "$folder"
    return 0
  fi
  printf '%b' "$(cat "$folder/escaped")" >"$folder/true"
  chmod 755 "$folder/true"
  check_output=$(tar -C "$folder" -cf - ./true | podman import --quiet - "$image" 2>&1 >/dev/null) || status=1
  rm -rf "$folder"
  [ $status = 0 ] || return 1
  check_output=$(podman run --rm --network=none "$image" /true 2>&1) || status=1
  podman image rm "$image" >/dev/null 2>&1 || true
  return $status
}

configure_podman() {
  if podman_runs; then return; fi
  local reason=$check_output folder=/etc/containers/containers.conf.d
  [ "$(id -u)" = 0 ] || folder=${XDG_CONFIG_HOME:-$HOME/.config}/containers/containers.conf.d
  local file=$folder/50-image-fix.conf
  if ! has runc; then install_known runc; fi
  mkdir -p "$folder"
  {
    echo '# Written by image-fix scripts/install-engines.sh, as podman run did not work without it.'
    echo '[containers]'
    echo 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]'
    echo 'netns = "host"'
    echo '[engine]'
    if has runc; then echo 'runtime = "runc"'; fi
    echo 'cgroup_manager = "cgroupfs"'
  } >"$file"
  if podman_runs; then
    say "podman run did not work here (${reason##*$'\n'}); wrote $file"
  else
    rm -f "$file"
    fail "podman does not run containers here: ${check_output##*$'\n'}"
  fi
}

check_output=
[ $# -gt 0 ] || set -- podman
for engine in "$@"; do
  case $engine in
    podman)
      install_podman
      configure_podman
      say "$(podman --version) runs containers"
      ;;
    docker)
      install_docker
      say "$(dockerd --version)"
      ;;
    bootstrap) install_bootstrap ;;
    *) fail "unknown engine $engine (podman, docker or bootstrap)" ;;
  esac
done

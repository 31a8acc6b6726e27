#!/usr/bin/env bash
# An ordinary user for tests of rootless podman, with 65,536 subordinate ids and a runtime folder of its own.
#
#   scripts/rootless-user.sh add            makes it (needs root) and prints its name
#   scripts/rootless-user.sh remove NAME    ends its processes and removes it with all that it has
set -euo pipefail

action=${1:?add or remove}
PATH=$PATH:/usr/sbin:/sbin

case $action in
  add)
    name=image-fix-test-$$
    useradd --create-home --shell /bin/sh "$name"
    uid=$(id -u "$name")
    # useradd gives subordinate ids where login.defs says so.
    if ! grep -q "^$name:" /etc/subuid 2>/dev/null; then usermod --add-subuids 1000000-1065535 --add-subgids 1000000-1065535 "$name"; fi
    mkdir -p "/run/user/$uid"
    chown "$name:" "/run/user/$uid"
    chmod 700 "/run/user/$uid"
    printf '%s\n' "$name"
    ;;
  remove)
    name=${2:?a name}
    case $name in image-fix-test-*) ;; *) echo "rootless-user: $name is none of ours" >&2; exit 2 ;; esac
    uid=$(id -u "$name")
    home=$(getent passwd "$name" | cut -d: -f6)
    # podman's pause process keeps the user namespace.
    pkill -KILL -u "$uid" || true
    for _ in $(seq 50); do pgrep -u "$uid" >/dev/null || break; sleep 0.1; done
    awk -v home="$home/" -v run="/run/user/$uid/" 'index($2, home) == 1 || index($2, run) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount -l "$mount" || true; done
    userdel "$name"
    rm -rf "$home" "/run/user/$uid"
    ;;
  *)
    echo "rootless-user: add or remove, not $action" >&2
    exit 2
    ;;
esac

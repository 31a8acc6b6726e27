#!/usr/bin/env bash
# A Docker daemon of the tests' own, that needs no bridge, no iptables and no service manager.
#
#   scripts/docker-daemon.sh start DIR    starts it (needs root); its socket is DIR/docker.sock
#   scripts/docker-daemon.sh stop DIR     stops it and removes DIR
set -euo pipefail

action=${1:?start or stop}
folder=${2:?a folder}
pid_file=$folder/docker.pid

case $action in
  start)
    mkdir -p "$folder"
    # Debian keeps dockerd in sbin, which is not everyone's PATH.
    PATH=$PATH:/usr/sbin:/sbin
    nohup dockerd --iptables=false --ip6tables=false --bridge=none --default-ulimit nofile=1024:1024 \
      --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$pid_file" --host "unix://$folder/docker.sock" \
      >"$folder/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 300); do
      if [ -S "$folder/docker.sock" ] && grep -q 'API listen on' "$folder/dockerd.log"; then exit 0; fi
      if ! kill -0 $! 2>/dev/null; then break; fi
      sleep 0.1
    done
    tail -n 5 "$folder/dockerd.log" >&2
    exit 1
    ;;
  stop)
    if [ -f "$pid_file" ]; then
      pid=$(cat "$pid_file")
      kill "$pid" 2>/dev/null || true
      for _ in $(seq 200); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
      done
      kill -9 "$pid" 2>/dev/null || true
    fi
    # Mounts that a daemon which was killed leaves, innermost first.
    awk -v folder="$folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount -l "$mount" || true; done
    rm -rf "$folder"
    ;;
  *)
    echo "docker-daemon: start or stop, not $action" >&2
    exit 2
    ;;
esac

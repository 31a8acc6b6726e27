#!/usr/bin/env bash
# Installs the packages of package-lock.json where they are missing or older than it, and builds dist/.
#
#   scripts/prepare.sh
set -euo pipefail

cd "$(dirname "$0")/.."
say() { printf 'prepare: %s\n' "$*" >&2; }

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing the packages of package-lock.json"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi
say "building"
npm run --silent build >&2

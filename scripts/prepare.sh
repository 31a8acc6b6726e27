#!/usr/bin/env bash
# Installs the packages of package-lock.json where they are missing or older than it, and builds dist/ where it is older
# than what it is built from.
#
#   scripts/prepare.sh
set -euo pipefail

cd "$(dirname "$0")/.."
say() { printf 'prepare: %s\n' "$*" >&2; }

# npm would empty the folder that a linked node_modules leads to.
if [ ! -L node_modules ] && { [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; }; then
  say "installing the packages of package-lock.json"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi
built=dist/types/index.d.ts
if [ ! -f "$built" ] ||
  [ -n "$(find src scripts/build.mjs package.json package-lock.json tsconfig.json tsconfig.build.json -newer "$built" -print -quit)" ]; then
  say "building"
  npm run --silent build >&2
fi

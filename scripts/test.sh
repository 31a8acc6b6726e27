#!/usr/bin/env bash
# Installs what is missing, then runs all checks and tests:
#
#   npm test
#
# Needs Node, and apt-get or dnf where something is missing. The last line counts the tests (the four checks are
# counted with them). IMAGE_FIX_TEST_RESULTS=DIR keeps the results of the tests as JSON.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
say() { printf 'test: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
quiet() { "$@" >/dev/null 2>&1; }

work=$(mktemp -d)
# shellcheck disable=SC2329 # called by the trap
finish() {
  local pids
  pids=$(jobs -p)
  # shellcheck disable=SC2086 # one word each
  [ -z "$pids" ] || kill $pids 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
results=${IMAGE_FIX_TEST_RESULTS:-$work/results}
mkdir -p "$results"

scripts/prepare.sh || exit 1

# An engine where none answers; podman is seen to run containers where it is there.
if has podman || ! quiet timeout 60 docker info; then scripts/install-engines.sh podman || exit 1; fi
engines=()
if has podman; then engines+=(podman); fi
if quiet timeout 60 docker info; then engines+=(docker); fi

# The base images of the tests; what makes stand-ins is installed only where no registry answers.
base_images() {
  local engine
  for engine in "${engines[@]}"; do
    if ! scripts/base-images.sh "$engine" 2>"$work/bases.log"; then
      scripts/install-engines.sh bootstrap
      scripts/base-images.sh "$engine" 2>"$work/bases.log" || say "without all base images of $engine some tests fail"
    fi
    cat "$work/bases.log" >&2
  done
}
# Nothing before the end-to-end tests needs them.
base_images &
bases=$!

status=0
check() { # name, command...
  local name=$1
  shift
  say "$name"
  if "$@"; then
    echo pass >"$results/check-$name"
  else
    say "$name FAILED"
    echo fail >"$results/check-$name"
    status=1
  fi
}
check generated-files node scripts/gen.mjs --check
check types node node_modules/typescript/bin/tsc -p .
check lint node node_modules/oxlint/bin/oxlint --type-aware
check format node node_modules/oxfmt/bin/oxfmt --check
run_tests() { # name of the results, project
  node node_modules/vitest/vitest.mjs run --project "$2" --reporter=default --reporter=json \
    --outputFile.json="$results/$1.json"
}
say "unit tests"
run_tests unit unit || status=1
wait "$bases"
say "end-to-end tests, each engine's half beside the other"
IMAGE_FIX_TEST_ENGINE=docker run_tests e2e-docker e2e >"$work/docker.log" 2>&1 &
half=$!
IMAGE_FIX_TEST_ENGINE=podman run_tests e2e-podman e2e || status=1
wait "$half" || status=1
cat "$work/docker.log"
node scripts/count-tests.mjs "$results" || status=1
exit $status

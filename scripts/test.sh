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
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
results=${IMAGE_FIX_TEST_RESULTS:-$work/results}
mkdir -p "$results"

scripts/prepare.sh || exit 1

# An engine where none answers; podman is seen to run containers where it is there.
if has podman || ! quiet timeout 60 docker info; then scripts/install-engines.sh podman || exit 1; fi
# The base images of the tests; what makes stand-ins is installed only where no registry answers.
if has podman; then engine=podman; else engine=docker; fi
if ! scripts/base-images.sh "$engine" 2>"$work/bases.log"; then
  scripts/install-engines.sh bootstrap
  scripts/base-images.sh "$engine" 2>"$work/bases.log" || say "without all base images some tests fail"
fi
cat "$work/bases.log" >&2

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
for project in unit e2e; do
  say "$project tests"
  node node_modules/vitest/vitest.mjs run --project "$project" --reporter=default --reporter=json \
    --outputFile.json="$results/$project.json" || status=1
done
node scripts/count-tests.mjs "$results" || status=1
exit $status

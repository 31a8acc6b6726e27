#!/bin/sh
# Counts the lines of the files in data/ and keeps the result beside them.
set -eu
cd "$(dirname "$0")"
for file in data/*; do
  printf '%6d %s\n' "$(wc -l <"$file")" "${file#data/}"
done >report.txt
printf 'report of %s, written by %s\n' "$(date -u +%F)" "$(id)"
cat report.txt

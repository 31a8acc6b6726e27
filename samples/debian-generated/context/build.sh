#!/bin/sh
# Prints an index of a folder of pages: size in bytes, then name.
set -eu
find "$1" -type f -printf '%s %P\n' | sort -k 2

#!/bin/sh
# Takes in a new page and writes the index again, as the site does while it runs.
set -eu
cd "$SITE_HOME"
echo "made at run time" >pages/news.txt
build.sh pages >index.txt
cat index.txt

#!/bin/bash
# Answers a query on the module path, and in a Java runtime that jlink makes. -Djavacpp.platform takes the libraries of one system.
set -euo pipefail
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh modules -Djavacpp.platform=linux-x86_64
here=target/consumers/modules
path=$here/modules-1.jar:$here/lib
answer=$(java -p "$path" --add-modules ALL-MODULE-PATH -m example/example.Query)
echo "module path: $answer"
libraries=io.github.afterimage.linux.x86_64,org.bytedeco.javacpp.linux.x86_64,org.bytedeco.openblas.linux.x86_64
jlink -p "$path" --add-modules "example,$libraries" --add-options=" --add-modules=$libraries" \
  --strip-debug --no-header-files --no-man-pages --compress=2 --launcher query=example/example.Query --output "$here/image"
answer=$(env -u JAVA_HOME "$here/image/bin/query")
echo "jlink: $answer, $(du -sm "$here/image" | cut -f1) MB"

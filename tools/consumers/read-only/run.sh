#!/bin/bash
# Answers a query where nothing can be written but one folder, and nothing in /tmp can be executed: the folder is named by
# -Dorg.bytedeco.javacpp.cachedir. Without it, the answer comes from the engine that needs no native code, or a message says why not.
set -euo pipefail
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh modules -Djavacpp.platform=linux-x86_64
unshare --mount --map-root-user bash -euc '
  mount -t tmpfs -o mode=700 tmpfs /mnt
  mkdir /mnt/program /mnt/cache
  # Stays visible if it lies in /tmp.
  mount --bind target/consumers/modules /mnt/program
  mount -o remount,bind,ro /mnt/program
  mount -t tmpfs -o noexec tmpfs /tmp
  mount -o remount,bind,ro /
  cd /
  for folder in / /mnt/program; do
    ! touch "$folder/probe" 2> /dev/null || { echo "$folder is not read-only" >&2; exit 1; }
  done
  classes="/mnt/program/modules-1.jar:/mnt/program/lib/*"
  java -Duser.home=/nonexistent -Dorg.bytedeco.javacpp.cachedir=/mnt/cache -cp "$classes" example.Query
  echo "without the folder: $(java -Duser.home=/nonexistent -cp "$classes" example.Query 2>&1 | tail -1)"
'

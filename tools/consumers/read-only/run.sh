#!/bin/bash
# Answers a query where nothing can be written but one folder, and nothing in /tmp can be executed: the folder is named by
# -Dorg.bytedeco.javacpp.cachedir. Without it, the answer comes from the engine that needs no native code, or a message says why not.
set -euo pipefail
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh modules -Djavacpp.platform=linux-x86_64
unshare --mount --map-root-user bash -euc '
  mount -t tmpfs -o noexec tmpfs /tmp
  mount -t tmpfs -o mode=700 tmpfs /mnt
  mount -o remount,bind,ro /
  ! touch target/consumers/probe 2> /dev/null || { echo "the root is not read-only" >&2; exit 1; }
  here=target/consumers/modules
  java -Duser.home=/nonexistent -Dorg.bytedeco.javacpp.cachedir=/mnt -cp "$here/modules-1.jar:$here/lib/*" example.Query
  echo "without the folder: $(java -Duser.home=/nonexistent -cp "$here/modules-1.jar:$here/lib/*" example.Query 2>&1 | tail -1)"
'

#!/bin/bash
# Runs the tests of publication without locks in stress/ with jcstress: tools/stress.sh [OPTIONS OF JCSTRESS]
#
#   tools/stress.sh                          every test in every way of compiling it
#   tools/stress.sh -m quick -t Lifetime     less, of some
# The report is target/stress/index.html. Fails if a result is forbidden or a process died.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/stress
mvn -q -B -ntp -Pstress test-compile dependency:build-classpath -Dmdep.outputFile=target/stress/classpath
# Strides are short, because every state has native memory.
exec java -cp "target/classes:target/test-classes:$(cat target/stress/classpath)" org.openjdk.jcstress.Main \
  -r target/stress -strideSize 64 -strideCount 8 "$@"

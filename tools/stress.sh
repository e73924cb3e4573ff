#!/bin/bash
# Runs the tests of publication without locks in bench/stress with jcstress: tools/stress.sh [OPTIONS OF JCSTRESS]
#
#   tools/stress.sh                             every test in every way of compiling each actor: an hour or two
#   tools/stress.sh -sc false -iters 2          every test, actors compiled alike
#   tools/stress.sh -sc false -t Lifetime       some of them
# The report is target/stress/index.html. Fails if a result is forbidden or a process died.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
mkdir -p target/stress
mvn -q -B -ntp -Pstress -pl bench/stress -am compile dependency:build-classpath "-Dmdep.outputFile=$root/target/stress/classpath"
cd target/stress # where it leaves its results
# Strides are short, because every state has native memory.
java -cp "$root/target/afterimage-stress/classes:$(cat classpath)" org.openjdk.jcstress.Main \
  -r . -strideSize 64 -strideCount 8 "$@" | tee log
results=$(grep "^(Results: " log | tail -1)
if [[ "$results" != *" 0 failed, 0 soft errs, 0 hard errs)" ]]; then
  echo "stress: $results, see target/stress/index.html" >&2
  exit 1
fi

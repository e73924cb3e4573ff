#!/bin/bash
# Runs the concurrency tests of bench/stress with jcstress: tools/stress.sh [OPTIONS OF JCSTRESS]
# They test data that threads share without locks.
#
#   tools/stress.sh                             runs every test with every combination of compilers: an hour or two
#   tools/stress.sh -sc false -iters 2          runs every test with one compiler for all its threads
#   tools/stress.sh -sc false -t Lifetime       runs the tests whose names contain Lifetime
# Writes the report target/stress/index.html. Fails if a test has a forbidden result or a process dies.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
mkdir -p target/stress
mvn -q -B -Pstress -pl bench/stress -am -DskipTests compile dependency:build-classpath "-Dmdep.outputFile=$root/target/stress/classpath"
cd target/stress # jcstress writes its results into the current folder
# Short strides, because every test state holds native memory.
java -cp "$root/target/afterimage-stress/classes:$(cat classpath)" org.openjdk.jcstress.Main \
  -r . -strideSize 64 -strideCount 8 "$@" | tee log
results=$(grep "^(Results: " log | tail -1)
if [[ "$results" != *" 0 failed, 0 soft errs, 0 hard errs)" ]]; then
  echo "stress: $results, see target/stress/index.html" >&2
  exit 1
fi

#!/bin/bash
# Builds a consumer against target/staging: tools/consumers/build.sh NAME [OPTIONS OF MAVEN]
# Writes its jar and, in lib, those that it needs into target/consumers/NAME, and a grey picture of 32 x 32 points beside it. Nothing of Afterimage reaches the local repository.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
if [ ! -d target/staging ]; then
  echo "target/staging is missing: mvn -Prelease deploy -DskipTests" >&2
  exit 1
fi
central=$HOME/.m2/repository
rm -rf "target/consumers/$name" target/consumers/repository/io/github/afterimage
mvn -q -B -s tools/consumers/settings.xml -f "tools/consumers/$name/pom.xml" "-Dstaging=$PWD/target/staging" \
  "-Dmaven.repo.local=$PWD/target/consumers/repository" "-Dmaven.repo.local.tail=$central" "${@:2}" \
  package dependency:copy-dependencies "-DoutputDirectory=$PWD/target/consumers/$name/lib" -DincludeScope=runtime
{
  printf 'BM\x36\x0c\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0c\0\0\x13\x0b\0\0\x13\x0b\0\0\0\0\0\0\0\0\0\0'
  head -c 3072 /dev/zero | tr '\0' '\200'
} > target/consumers/grey.bmp

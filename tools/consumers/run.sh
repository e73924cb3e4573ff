#!/bin/bash
# Builds programs that depend on the artifacts of target/staging, and lets each answer a query.
#   tools/consumers/run.sh [NAME...]
#
#   service      plain Maven; classifies an image over HTTP, on this JDK and those beside it that are newer
#   spring-boot  a fat jar of Spring Boot
#   modules      the module path, and a Java runtime that jlink makes of the program
#   read-only    a read-only root and a /tmp without execution, as a hardened container has them
# All by default. Needs target/staging: mvn -Prelease deploy -DskipTests
set -euo pipefail
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- service spring-boot modules read-only
for name; do
  echo "== $name"
  "$name/run.sh"
done

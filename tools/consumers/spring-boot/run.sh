#!/bin/bash
# Classifies an image in a fat jar of Spring Boot, whose libraries are jars within a jar.
set -euo pipefail
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh spring-boot
java -jar target/consumers/spring-boot/spring-boot-1.jar --spring.main.banner-mode=off --logging.level.root=warn target/consumers/grey.bmp

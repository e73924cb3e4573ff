#!/bin/bash
# Starts the service on every JDK, 17 or newer, that is beside the one in use, and classifies an image.
set -euo pipefail
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh service
here=target/consumers/service
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
for java in "$(dirname "$jdk")"/*/bin/java; do
  [ ! -L "${java%/bin/java}" ] || continue
  "$java" --enable-native-access=ALL-UNNAMED -cp "$here/service-1.jar:$here/lib/*" Service \
    models/cifar10_resnet.onnx models/cifar10.safetensors 0 > "$here/log" 2>&1 &
  service=$!
  trap 'kill $service 2> /dev/null || true' EXIT
  for _ in {1..100}; do grep -q '^http' "$here/log" && break; sleep 0.2; done
  answer=$(curl -sS --fail-with-body --data-binary @target/consumers/grey.bmp "$(tail -1 "$here/log")/classify")
  echo "$("$java" -version 2>&1 | sed -n 1p): ${answer%%$'\n'*}"
  kill $service
  wait $service || true
  grep -v "^http" "$here/log" || true
done

#!/usr/bin/env bash
# Builds this working tree in two folders with paths of different lengths and compares the jars byte by byte:
#   tools/reproducible.sh [FOLDER]      FOLDER keeps the builds; without it, a temporary folder is used and removed
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  folder=$(cd "$1" && pwd)
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi

for name in one another/checkout; do
  mkdir -p "$folder/$name"
  git -C "$here" ls-files -z --cached --others --exclude-standard | tar -C "$here" --null -T - -c | tar -C "$folder/$name" -x
done
for name in one another/checkout; do
  (cd "$folder/$name" && mvn -q -B -DskipTests -Dspotless.check.skip package)
done

status=0
for jar in afterimage.jar $(cd "$folder/one/target" && ls afterimage*/afterimage-*.jar); do
  if cmp "$folder/one/target/$jar" "$folder/another/checkout/target/$jar"; then
    echo "the same: $(sha256sum < "$folder/one/target/$jar" | cut -c1-64)  $jar"
  else
    status=1
  fi
done
exit $status

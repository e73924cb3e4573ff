#!/usr/bin/env bash
# Builds a release of this working tree twice, in folders with paths of different lengths and by users of different names, and
# compares every file that is published, and the executable jar, byte by byte:
#   tools/reproducible.sh [FOLDER]      FOLDER keeps the builds; without it, a temporary folder is used and removed
# Needs aarch64-linux-gnu-g++, as mvn -Prelease does.
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
  (cd "$folder/$name" && mvn -q -B -DskipTests -Dspotless.check.skip -Duser.name="${name%/*}" -Prelease deploy)
done

# The published files of a build, a line each: sha256 and name. Maven names those of a snapshot by their time.
published() {
  cd "$folder/$1/target"
  find afterimage.jar staging -type f ! -name 'maven-metadata*' ! -name '*.md5' ! -name '*.sha1' -exec sha256sum {} + |
    sed -E 's/-[0-9]{8}\.[0-9]{6}-[0-9]+/-SNAPSHOT/; s:staging/io/github/afterimage/::' | sort -k 2
}
diff <(published one) <(published another/checkout)
published one
echo "the same: $(published one | wc -l) files"

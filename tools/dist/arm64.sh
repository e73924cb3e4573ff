#!/usr/bin/env bash
# Prepares target/arm64 on a Debian on x86-64, for tools/arm64.sh and tools/dist/package.sh:
#   system         what Debian's JDK 21 for arm64 needs of a system, unpacked, with lists of the files of each package; the system at
#                  hand is left as it is
#   bin/java       runs its Java by qemu; QEMU_CPU names a processor, such as cortex-a53
#   afterimage.jar the executable jar, with the libraries of arm64 in place of those of x86-64
# Needs the built program, qemu-user-static, g++-aarch64-linux-gnu and, the first time, Debian's and Maven's servers.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/target/arm64 system=$PWD/target/arm64/system
for tool in qemu-aarch64-static:qemu-user-static aarch64-linux-gnu-g++:g++-aarch64-linux-gnu apt-get:apt; do
  command -v "${tool%%:*}" > /dev/null || { echo "${tool%%:*} is missing: install it (Debian: apt-get install ${tool##*:})" >&2; exit 1; }
done
[ -e target/afterimage.jar ] || { echo "target/afterimage.jar is missing: build it with mvn -q package -DskipTests" >&2; exit 1; }

if [ ! -d "$system/var/lib/dpkg/info" ]; then
  apt=$out/apt lists=$system.new/var/lib/dpkg/info
  rm -rf "$apt" "$system" "$system.new"
  mkdir -p "$apt"/{state/lists/partial,cache/archives/partial} "$lists"
  touch "$apt/status"
  private=(-q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status"
    -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User="$(id -un)")
  apt-get "${private[@]}" update > "$out/apt.log"
  apt-get "${private[@]}" install -y --no-install-recommends --download-only openjdk-21-jdk-headless >> "$out/apt.log"
  for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$system.new"
    dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's:^\.::' > "$lists/$(dpkg-deb -f "$package" Package).list"
  done
  ln -s usr/lib "$system.new/lib"
  # Links from the root of the system, such as those of the JDK to /etc.
  find "$system.new" -type l -lname '/*' | while read -r link; do ln -sfnr "$system.new$(readlink "$link")" "$link"; done
  mv "$system.new" "$system"
  rm -rf "$apt"
fi
mkdir -p "$out/bin"
cat > "$out/bin/java" << END
#!/bin/sh
exec qemu-aarch64-static -L '$system' '$system/usr/lib/jvm/java-21-openjdk-arm64/bin/java' "\$@"
END
chmod +x "$out/bin/java"

if [ ! "$out/afterimage.jar" -nt target/afterimage.jar ]; then
  mvn -q -Prelease package -pl src/index -am -DskipTests -Dmaven.javadoc.skip -Dcyclonedx.skip
  rm -rf "$out/jar"
  mkdir -p "$out/jar"
  version() { sed -n "s:.*<$1.version>\(.*\)</$1.version>.*:\1:p" pom.xml | sed "s/\${javacpp.version}/$(sed -n 's:.*<javacpp.version>\(.*\)<.*:\1:p' pom.xml)/"; }
  for artifact in "org.bytedeco:javacpp:$(version javacpp):jar:linux-arm64" "org.bytedeco:openblas:$(version openblas):jar:linux-arm64" \
    "com.microsoft.onnxruntime:onnxruntime:$(version onnxruntime)"; do
    mvn -q dependency:copy "-Dartifact=$artifact" "-DoutputDirectory=$out/libraries"
  done
  (
    cd "$out/jar"
    unzip -q ../../afterimage.jar
    rm -r ai/onnxruntime/native/linux-x64
    find . -type d -name linux-x86_64 -exec rm -r {} +
    for jar in ../libraries/*.jar ../../afterimage/afterimage-*-linux-arm64.jar; do
      unzip -qo "$jar" '*/linux-arm64/*.so*' 'ai/onnxruntime/native/linux-aarch64/*' -x '*/include/*' '*openblas_full*' 2> /dev/null || [ $? = 11 ]
    done
  )
  "${JAVA_HOME:+$JAVA_HOME/bin/}jar" --create --file "$out/new.jar" --manifest "$out/jar/META-INF/MANIFEST.MF" --date 2026-01-01T00:00:00Z -C "$out/jar" .
  rm -r "$out/jar"
  mv "$out/new.jar" "$out/afterimage.jar"
fi

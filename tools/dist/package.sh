#!/usr/bin/env bash
# Packs the executable jar with a Java runtime, so that the command needs no Java: mvn -Pdist package -DskipTests runs
#   tools/dist/package.sh VERSION PLATFORM MAN_PAGES
# Writes target/afterimage-VERSION-PLATFORM.tar.gz and, where dpkg-deb is, the same as .deb. JAVA_HOME is the JDK whose runtime is
# packed; for linux-arm64 on another processor, it is the one that tools/dist/arm64.sh unpacks, run by qemu. Needs readelf.
# CUDA's bindings are in the jar; CUDA itself and Spark are not.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$1 platform=$2 pages=$3
name=afterimage-$version-$platform
work=$PWD/target/dist
home=$work/$name
jdk=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
jar=target/afterimage.jar system='' run=() # the JDK's system is this one, and runs its own programs
case $platform in
  linux-x86_64) machine=x86_64 architecture=amd64 ;;
  linux-arm64) machine=aarch64 architecture=arm64 ;;
  *) echo "no package is made for $platform: choose linux-x86_64 or linux-arm64" >&2; exit 1 ;;
esac
command -v readelf > /dev/null || { echo "readelf is missing: install it (Debian, Ubuntu: apt-get install binutils)" >&2; exit 1; }
if [ "$machine" != "$(uname -m)" ]; then
  [ "$machine" = aarch64 ] || { echo "the package for $platform is made on $machine" >&2; exit 1; }
  tools/dist/arm64.sh
  jar=target/arm64/afterimage.jar system=$PWD/target/arm64/system
  jdk=$system/usr/lib/jvm/java-21-openjdk-arm64 run=(qemu-aarch64-static -L "$system")
fi
export SOURCE_DATE_EPOCH=1767225600 # project.build.outputTimestamp
rm -rf "$home" "$work/deb"
mkdir -p "$home"/{bin,models/pictures,share/bash-completion/completions,share/zsh/vendor-completions,share/man/man1}

# The modules that jdeps finds, with TLS by elliptic curves and the file system of archives.
"${run[@]}" "$jdk/bin/jlink" --strip-java-debug-attributes --no-header-files --no-man-pages --compress=2 \
  --output "$home/runtime" --add-modules \
  java.desktop,java.logging,java.management,java.naming,java.net.http,java.sql,jdk.crypto.ec,jdk.jfr,jdk.management,jdk.unsupported,jdk.zipfs
# They need a display, a loudspeaker or fonts, and libraries for these.
rm -f "$home"/runtime/lib/lib{awt_xawt,fontmanager,freetype,jawt,jsound,splashscreen}.so
# The libraries that it takes from the system, but for those of C and C++, with their licences: other distributions have them under
# other names and in other versions.
binaries() { find "$home/runtime" -type f \( -name '*.so*' -o -path '*/bin/*' \) -exec readelf "$1" {} + 2> /dev/null; }
for library in $(binaries -d | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
  grep -vE '^(ld-linux.*|lib(c|dl|m|pthread|rt|gcc_s|stdc\+\+))\.so' | sort -u); do
  [ -z "$(find "$home/runtime" -name "$library")" ] || continue
  found=$(grep -H "/lib/$machine-linux-gnu/$library\$" "$system"/var/lib/dpkg/info/*.list | sed -n 1p) || {
    echo "$library, which the Java of $jdk needs, is in no package of this Debian: name a JDK that has its own with -Ddist.jdk=FOLDER" >&2
    exit 1
  }
  package=$(basename "${found%%.list:*}")
  install -m 644 "$system${found#*.list:}" "$home/runtime/lib/"
  install -D -m 644 "$system/usr/share/doc/${package%:*}/copyright" "$home/runtime/legal/${package%:*}/copyright"
done
# The classes of Java as they lie in memory, with which every command starts in less time.
"${run[@]}" "$home/runtime/bin/java" -Xshare:dump > /dev/null
install -m 755 tools/afterimage "$home/bin/afterimage"
install -m 644 "$jar" LICENSE "$home/"
cp models/*.safetensors models/*.onnx "$home/models/"
cp models/pictures/ship.png "$home/models/pictures/"

# picocli writes one script for both shells.
completion=$home/share/bash-completion/completions/afterimage
"${run[@]}" "$home/runtime/bin/java" -cp "$jar" picocli.AutoComplete --force --name afterimage --completionScript "$completion" \
  io.github.afterimage.cli.Afterimage
{
  echo '#compdef afterimage'
  cat "$completion"
} > "$home/share/zsh/vendor-completions/_afterimage"
for page in "$pages"/*.1; do gzip -9n < "$page" > "$home/share/man/man1/$(basename "$page").gz"; done

tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -c "$name" | gzip -9n > "target/$name.tar.gz"
echo "target/$name.tar.gz: $(du -sm "$home" | cut -f1) MB unpacked"

command -v dpkg-deb > /dev/null || { echo "dpkg-deb is missing: no .deb is made" >&2; exit 0; }
root=$work/deb
mkdir -p "$root"/{DEBIAN,usr/bin,usr/lib,usr/share/doc/afterimage}
cp -r "$home" "$root/usr/lib/afterimage"
mv "$root"/usr/lib/afterimage/share/* "$root/usr/share/"
mv "$root/usr/lib/afterimage/LICENSE" "$root/usr/share/doc/afterimage/copyright"
rmdir "$root/usr/lib/afterimage/share"
ln -s ../lib/afterimage/bin/afterimage "$root/usr/bin/afterimage"
# The jar needs 2.35.
glibc=$({ echo GLIBC_2.35; binaries -V | grep -o 'GLIBC_[0-9.]*'; } | sort -uV | sed -n '$s/GLIBC_//p')
cat > "$root/DEBIAN/control" << END
Package: afterimage
Version: $(sed 's/-SNAPSHOT/~snapshot/' <<< "$version")
Architecture: $architecture
Maintainer: The Afterimage authors <authors@afterimage.invalid>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: libc6 (>= $glibc), libgcc-s1, libstdc++6
Section: science
Priority: optional
Description: memory for image classifiers
 Afterimage gives a trained image classifier a memory: teach it a picture that it got
 wrong, and it knows such pictures from the next answer on, without training.
END
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zgzip --build "$root" "target/$name.deb" > /dev/null
echo "target/$name.deb: $(du -sm --exclude=DEBIAN "$root" | cut -f1) MB installed"

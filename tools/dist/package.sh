#!/usr/bin/env bash
# Packs the executable jar with a Java runtime, so that the command needs no Java: mvn -Pdist package -DskipTests runs
#   tools/dist/package.sh VERSION PLATFORM MAN_PAGES
# Writes target/afterimage-VERSION-PLATFORM.tar.gz and, where dpkg-deb is, the same as .deb. JAVA_HOME is the JDK whose runtime is
# packed. CUDA's bindings are in the jar; CUDA itself and Spark are not.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$1 platform=$2 pages=$3
name=afterimage-$version-$platform
work=$PWD/target/dist
home=$work/$name
jdk=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
export SOURCE_DATE_EPOCH=1767225600 # project.build.outputTimestamp
rm -rf "$home" "$work/deb"
mkdir -p "$home"/{bin,models/pictures,share/bash-completion/completions,share/zsh/vendor-completions,share/man/man1}

# The modules that jdeps finds, with TLS by elliptic curves and the file system of archives.
"$jdk/bin/jlink" --strip-debug --no-header-files --no-man-pages --compress=2 --output "$home/runtime" --add-modules \
  java.desktop,java.logging,java.management,java.naming,java.net.http,java.sql,jdk.crypto.ec,jdk.jfr,jdk.management,jdk.unsupported,jdk.zipfs
# They need a display or a loudspeaker, and libraries for these.
rm -f "$home"/runtime/lib/lib{awt_xawt,jawt,jsound,splashscreen}.so
# The classes of Java as they lie in memory, with which every command starts in less time.
"$home/runtime/bin/java" -Xshare:dump > /dev/null
install -m 755 tools/afterimage "$home/bin/afterimage"
install -m 644 target/afterimage.jar LICENSE "$home/"
cp models/*.safetensors models/*.onnx "$home/models/"
cp models/pictures/ship.png "$home/models/pictures/"

# picocli writes one script for both shells.
completion=$home/share/bash-completion/completions/afterimage
"$jdk/bin/java" -cp target/afterimage.jar picocli.AutoComplete --force --name afterimage --completionScript "$completion" \
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
case $platform in
  linux-x86_64) architecture=amd64 ;;
  *) architecture=${platform#linux-} ;;
esac
# The packages of the libraries that the runtime of this JDK takes from the system.
libraries=$(find "$home/runtime" -type f \( -name '*.so' -o -name java \) -exec ldd {} + 2> /dev/null |
  sed -n 's:.* => \(/[^ ]*\) .*:\1:p' | grep -v "^$home" | sort -u)
packages=$(for library in $libraries; do dpkg -S "$(readlink -f "$library")" 2> /dev/null || true; done |
  sed -n 's/:.*//p' | sort -u)
cat > "$root/DEBIAN/control" << END
Package: afterimage
Version: $(sed 's/-SNAPSHOT/~snapshot/' <<< "$version")
Architecture: $architecture
Maintainer: The Afterimage authors <authors@afterimage.invalid>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $(printf '%s\n' $packages libstdc++6 | sort -u | paste -sd, | sed 's/,/, /g')
Section: science
Priority: optional
Description: cache model for image classifiers
 Makes a trained image classifier more accurate at test time by letting it look things up.
END
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zgzip --build "$root" "target/$name.deb" > /dev/null
echo "target/$name.deb: $(du -sm --exclude=DEBIAN "$root" | cut -f1) MB installed"

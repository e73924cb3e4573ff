#!/usr/bin/env bash
# Installs the newest target/afterimage-*.deb into a clean Debian that has no Java, and runs the command there:
#   tools/dist/test.sh [SUITE]
# SUITE is this Debian's by default. Needs root and debootstrap, and takes the packages that the .deb depends on from Debian.
# One for arm64 is unpacked beside these packages alone, from target/arm64/system, and runs by qemu, which needs neither of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
package=$(ls -t target/afterimage-*.deb | sed -n 1p)
root=$(mktemp -d)
trap 'umount "$root/proc" 2> /dev/null || true; rm -rf "$root"' EXIT
if [ "$(dpkg-deb -f "$package" Architecture)" = arm64 ] && [ "$(uname -m)" != aarch64 ]; then
  system=target/arm64/system
  ln -s usr/lib "$root/lib"
  for name in $(dpkg-deb -f "$package" Depends | sed 's/([^)]*)//g; s/,//g'); do
    sed -n '/\/$/!s:^/::p' "$system/var/lib/dpkg/info/$name.list" | tar -C "$system" -cT - | tar -C "$root" -x
  done
  dpkg-deb -x "$package" "$root"
  home=$root/usr/lib/afterimage
  mv "$home/runtime/bin/java" "$home/runtime/bin/java.arm64"
  printf '#!/bin/sh\nexec qemu-aarch64-static -L "%s" "%s" "$@"\n' "$root" "$home/runtime/bin/java.arm64" > "$home/runtime/bin/java"
  chmod +x "$home/runtime/bin/java"
  "$root/usr/bin/afterimage" --version
  "$root/usr/bin/afterimage" predict --index "$home/models/cifar10.safetensors" --model "$home/models/cifar10_resnet.onnx" "$home/models/pictures/ship.png"
  exit
fi
debootstrap --variant=minbase "$suite" "$root" > target/dist/debootstrap.log 2>&1 || { tail -5 target/dist/debootstrap.log >&2; exit 1; }
cp "$package" "$root/tmp/afterimage.deb"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get install -qy --no-install-recommends bash-completion /tmp/afterimage.deb > target/dist/install.log 2>&1 || { tail -5 target/dist/install.log >&2; exit 1; }
if inside sh -c 'command -v java'; then
  echo "the clean Debian has a Java" >&2
  exit 1
fi
inside afterimage --version
inside sh -c 'cd /tmp && afterimage demo'
inside bash -c '. /usr/share/bash-completion/bash_completion; . /usr/share/bash-completion/completions/afterimage
  COMP_WORDS=(afterimage bui) COMP_CWORD=1 COMP_LINE="afterimage bui" COMP_POINT=14; _complete_afterimage; echo "completion of \"bui\": ${COMPREPLY[*]}"'
echo "pages of the manual: $(find "$root/usr/share/man/man1" -name 'afterimage*.1.gz' | wc -l)"
inside du -sm /usr/lib/afterimage

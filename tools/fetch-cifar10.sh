#!/bin/bash
# Downloads CIFAR-10 in its official binary layout, verifies and unpacks it: tools/fetch-cifar10.sh [FOLDER]
# FOLDER, target/data by default, then holds cifar-10-batches-bin. The next run resumes an interrupted download.
# CIFAR10_URL names another address of the same archive.
set -euo pipefail

url=${CIFAR10_URL:-https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz}
md5=c32a1d4ab5d03f1284b67883e8d87530
name=cifar-10-batches-bin
files=(data_batch_1.bin data_batch_2.bin data_batch_3.bin data_batch_4.bin data_batch_5.bin test_batch.bin)
file_bytes=30730000

fail() {
  echo "fetch-cifar10: $1" >&2
  exit "${2:-1}"
}

complete() { # FOLDER: succeeds if it holds all batches in full length
  local file
  for file in "${files[@]}"; do
    [ -f "$1/$file" ] && [ "$(wc -c < "$1/$file")" -eq "$file_bytes" ] || return 1
  done
  [ -f "$1/batches.meta.txt" ]
}

checksum() { # FILE
  if command -v md5sum > /dev/null; then
    md5sum < "$1" | cut -d ' ' -f 1
  elif command -v md5 > /dev/null; then
    md5 -q "$1"
  else
    fail "needs md5sum or md5 to verify the archive; install coreutils"
  fi
}

download() { # TARGET: resumes a partial file; starts again if the server cannot resume
  if command -v curl > /dev/null; then
    local status=0
    curl --fail --location --show-error --retry 3 --continue-at - --output "$1" "$url" || status=$?
    if [ "$status" -eq 33 ]; then
      rm -f "$1"
      status=0
      curl --fail --location --show-error --retry 3 --output "$1" "$url" || status=$?
    fi
    return "$status"
  elif command -v wget > /dev/null; then
    wget --continue --tries=3 --output-document="$1" "$url"
  else
    fail "needs curl or wget to download $url"
  fi
}

[ $# -le 1 ] || fail "usage: tools/fetch-cifar10.sh [FOLDER]" 2
case ${1:-} in
  -h | --help)
    sed -n '2,4s/^# //p' "$0"
    exit 0
    ;;
  -*) fail "unknown option $1; usage: tools/fetch-cifar10.sh [FOLDER]" 2 ;;
esac
folder=${1:-target/data}
if complete "$folder/$name"; then
  echo "CIFAR-10 is in $folder/$name already."
  exit 0
fi
mkdir -p "$folder" || fail "cannot make the folder $folder"

archive=$folder/cifar-10-binary.tar.gz
if [ ! -f "$archive" ]; then
  # An earlier run may have ended after the last byte but before the file was renamed.
  if [ ! -f "$archive.part" ] || [ "$(checksum "$archive.part")" != "$md5" ]; then
    echo "Downloading $url (170 MB)"
    download "$archive.part" || fail "the download of $url failed; run this again to resume it"
  fi
  found=$(checksum "$archive.part")
  if [ "$found" != "$md5" ]; then
    rm -f "$archive.part"
    fail "$url has md5 $found, expected $md5; the download was removed"
  fi
  mv "$archive.part" "$archive"
else
  found=$(checksum "$archive")
  [ "$found" = "$md5" ] || fail "$archive has md5 $found, expected $md5; remove it and run this again"
fi

echo "Unpacking into $folder/$name"
unpacked=$(mktemp -d "$folder/.unpack.XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
tar -xzf "$archive" -C "$unpacked" || fail "cannot unpack $archive: is the disk full?"
complete "$unpacked/$name" || fail "$archive does not hold the six batches of $file_bytes bytes and batches.meta.txt"
rm -rf "${folder:?}/$name"
mv "$unpacked/$name" "$folder/$name"
rm -f "$archive"
echo "CIFAR-10 is in $folder/$name: use --data cifar10:$folder#train and #test."

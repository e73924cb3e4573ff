#!/bin/bash
# Tests the engine "cuda" on a GPU: every test that needs a GPU, the kernels under compute-sanitizer, and a benchmark.
# Prints a table of the results and writes it to gpu-check.txt in the current folder.
#
#   tools/gpu-check.sh               builds everything (needs JDK 17, Maven, g++ and nvcc of CUDA 13) and runs it here
#   tools/gpu-check.sh bundle FILE   packs everything into FILE (.tar.gz) for another x86-64 Linux machine. That machine needs
#                                    an NVIDIA driver, cuBLAS of CUDA 13 (for example from Python's nvidia-cublas) and
#                                    compute-sanitizer. Run there: tar xzf FILE && gpu-check/check.sh
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 0 ] && { [ "$1" != bundle ] || [ $# -ne 2 ]; }; then
  echo "usage: $0 [bundle FILE]" >&2
  exit 2
fi
file=${2:+$(realpath "$2")}
started_in=$PWD
cd "$here"

nvcc=${NVCC:-$(command -v nvcc || ls "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" 2> /dev/null || true)}
if [ -z "$nvcc" ]; then
  echo "nvcc of CUDA 13 is missing: install CUDA 13, or name nvcc by NVCC or its folder by CUDA_HOME" >&2
  exit 1
fi

echo "building classes, tests and benchmark" >&2
mvn -B -q -Pbench -pl bench -am test-compile dependency:build-classpath \
  "-Dmdep.outputFile=$here/target/gpu-check-jars/classpath"
version=$(sed -n 's:.*<junit.version>5\.\(.*\)</junit.version>.*:1.\1:p' pom.xml)
assertj=$(sed -n 's:.*<assertj.version>\(.*\)</assertj.version>.*:\1:p' pom.xml)
for artifact in "org.junit.platform:junit-platform-console-standalone:$version" "org.assertj:assertj-core:$assertj"; do
  mvn -B -q -N dependency:copy -Dartifact="$artifact" -DoutputDirectory=target/gpu-check-jars -Dmdep.useBaseVersion=true
done

echo "building the tests of the kernels for GPUs" >&2
architectures=()
for architecture in 80 86 89 90a 100 120; do
  architectures+=(-gencode "arch=compute_$architecture,code=sm_$architecture")
done
# Later devices compile this.
architectures+=(-gencode arch=compute_80,code=compute_80)
bundle=target/gpu-check
rm -rf "$bundle"
mkdir -p "$bundle"
# The tests contain no kernels, so one architecture serves them; the kernels are compiled for every architecture.
objects=$bundle.objects
classes=$objects/classes
rm -rf "$objects"
mkdir -p "$classes"
for source in native/cuda/*.cu; do
  echo "#include \"$here/$source\""
done > "$objects/kernels.cu"
compile=("$nvcc" -std=c++17 -O2 --compress-mode=size -Inative/test/cuda -Inative/test -Inative/cuda)
"${compile[@]}" -lineinfo "${architectures[@]}" -c "$objects/kernels.cu" -o "$objects/kernels.o" &
kernels=$!
"${compile[@]}" -arch=sm_80 -x cu -c native/test/cuda/*_test.cpp native/test/harness.cpp -odir "$objects"
wait $kernels
"$nvcc" "$objects"/*.o -o "$bundle/kernel_tests"

# JavaCPP loads its libraries from jars. Copies the files that are used from all jars into one jar.
for jar in $(tr ':' '\n' < target/gpu-check-jars/classpath) target/gpu-check-jars/assertj-core-*.jar; do
  case $(basename "$jar") in
    *-linux-arm64.jar) continue ;;
    javacpp-*-linux-x86_64.jar) what=('org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so') ;;
    openblas-*-linux-x86_64.jar)
      what=('org/bytedeco/openblas/linux-x86_64/libopenblas.so.0' 'org/bytedeco/openblas/linux-x86_64/libjniopenblas.so'
        'org/bytedeco/openblas/linux-x86_64/libjniopenblas_nolapack*'
        'org/bytedeco/openblas/linux-x86_64/lib*gfortran*' 'org/bytedeco/openblas/linux-x86_64/lib*quadmath*'
        'org/bytedeco/openblas/linux-x86_64/lib*gcc*') ;;
    cuda-*-linux-x86_64.jar) what=('org/bytedeco/cuda/linux-x86_64/libjnicudart.so' 'org/bytedeco/cuda/linux-x86_64/libjnicublas.so') ;;
    javacpp-* | openblas-* | cuda-*) what=('org/bytedeco/*') ;;
    assertj-core-*) what=('*.class' 'META-INF/services/*') ;;
    *) continue ;;
  esac
  unzip -qo "$jar" "${what[@]}" -x 'META-INF/versions/*' '*/include/*' '*/global/npp*' \
    '*/global/openblas_full.class' -d "$classes" 2> /dev/null || true
done
cp -r target/afterimage/classes/. target/afterimage-cuda/classes/. "$classes"
cp -r target/afterimage-bench/classes/io/github/afterimage/cuda "$classes/io/github/afterimage/"
mkdir -p "$classes/io/github/afterimage/bench"
cp target/afterimage-bench/classes/io/github/afterimage/bench/{SyntheticKeys,ActivationModel}*.class "$classes/io/github/afterimage/bench/"
rm -rf "$classes"/META-INF/maven
cp target/afterimage/test-classes/io/github/afterimage/*.class "$classes/io/github/afterimage/"
tests=target/afterimage-cuda/test-classes/io/github/afterimage/cuda
cp "$tests"/Cuda{Memory,Reduce,Accuracy}Test*.class "$classes/io/github/afterimage/cuda/"
cp target/gpu-check-jars/junit-platform-console-standalone-*.jar "$bundle/junit.jar"
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
"$java_home/bin/jar" --create --file "$bundle/afterimage.jar" -C "$classes" .
"$java_home/bin/jlink" --add-modules java.base,java.logging,java.management,java.xml,jdk.management,jdk.unsupported \
  --strip-debug --no-header-files --no-man-pages --compress=2 --output "$bundle/java"
cp tools/gpu-check-run.sh "$bundle/check.sh"

if [ -n "$file" ]; then
  tar -C target -czf "$file" gpu-check
  bytes=$(stat -c %s "$file")
  echo "$file: $(((bytes + 500000) / 1000000)) MB"
  if [ "$bytes" -gt $((64 << 20)) ]; then
    echo "$file has $bytes bytes; expected at most 64 MiB: leave out files that are not used" >&2
    exit 1
  fi
else
  cd "$started_in"
  exec "$here/$bundle/check.sh"
fi

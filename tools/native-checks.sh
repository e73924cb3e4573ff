#!/bin/bash
# Runs the tests that use native code with two checks of the whole process: tools/native-checks.sh [asan] [jni]
#
#   asan  the kernels built with AddressSanitizer, every block of memory with guarded ends, and a thousand indexes closed
#         while threads use them; the sanitizer ends the process at the first error
#   jni   -Xcheck:jni: what the virtual machine finds wrong with the binding's calls
# Both by default. CLOSES=1000 says how many closes. Reports are in target/native-checks. tools/sanitize.sh checks the
# kernels without a virtual machine.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/native-checks
mkdir -p "$out"
[ $# -gt 0 ] || set -- asan jni

tests='io/github/afterimage/*Test'
for package in store engine reduce model model/network; do tests="$tests,io/github/afterimage/$package/*Test"; done
# The sanitizer keeps freed memory for a while, and resident memory is what that test is about.
tests="$tests,!OpenCloseTest#tenThousandCycles*"

for check in "$@"; do
  rm -f "$out/$check".*
  case $check in
    asan)
      EXTRA_FLAGS="-O1 -g -fsanitize=address -fno-omit-frame-pointer" native/build.sh "$out/asan"
      mkdir -p "$out/bin"
      # Preloaded, its functions are found before those of the library that the binding brings. ONNX Runtime throws
      # exceptions, which the sanitizer passes on only where the C++ library is there from the start.
      cat > "$out/bin/java" << END
#!/bin/bash
export LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libstdc++.so.6):$out/asan/libafterimage.so"
export ASAN_OPTIONS="handle_segv=0:allow_user_segv_handler=1:detect_leaks=0:log_path=$out/asan"
exec "${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}/bin/java" "\$@"
END
      chmod +x "$out/bin/java"
      options=(-Djvm="$out/bin/java" -Dafterimage.closes="${CLOSES:-1000}")
      ;;
    jni)
      options=("-Dtest.arguments=-Xmx2g -Xcheck:jni -XX:+UnlockDiagnosticVMOptions -XX:-DisplayVMOutput -XX:+LogVMOutput -XX:LogFile=$out/jni.%p")
      ;;
    *)
      echo "unknown check $check: expected asan or jni" >&2
      exit 2
      ;;
  esac
  mvn -q -B -ntp -pl src/index,src/model test-compile surefire:test "-Dtest=$tests" "${options[@]}"
  reports=$(grep -lE "AddressSanitizer|WARNING|FATAL" "$out/$check".* 2> /dev/null || true)
  if [ -n "$reports" ]; then
    grep -hE -A 12 "AddressSanitizer|WARNING|FATAL" $reports | head -60 >&2
    echo "native checks, $check: see $reports" >&2
    exit 1
  fi
  echo "native checks, $check: no report"
done

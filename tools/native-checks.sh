#!/bin/bash
# Runs the tests of the modules index and model under two checkers: tools/native-checks.sh [asan] [jni]
#
#   asan  builds the kernels with AddressSanitizer, guards both ends of every block of native memory, and closes a thousand
#         indexes while threads use them; the first error ends the process
#   jni   runs with -Xcheck:jni: the virtual machine checks each call of the binding
# Both run by default. CLOSES sets how many indexes are closed, 1000 by default. Reports are in target/native-checks.
# tools/sanitize.sh checks the kernels without a Java virtual machine.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/native-checks
mkdir -p "$out"
[ $# -gt 0 ] || set -- asan jni

# All but a test that measures resident memory, because the sanitizer delays the release of freed memory.
tests='*Test,!OpenCloseTest#thousandsOfCycles*'

for check in "$@"; do
  rm -f "$out/$check".*
  case $check in
    asan)
      EXTRA_FLAGS="-O1 -g -fsanitize=address -fno-omit-frame-pointer" native/build.sh "$out/asan"
      mkdir -p "$out/bin"
      # Preloading makes the linker find these functions before those of the binding's own library. The C++ library is
      # preloaded too: without it the sanitizer does not pass on the exceptions that ONNX Runtime throws.
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
  mvn -q -B -pl src/index,src/platform,src/model test-compile surefire:test "-Dtest=$tests" -Dtests.excluded= "${options[@]}"
  reports=$(grep -lE "AddressSanitizer|WARNING|FATAL" "$out/$check".* 2> /dev/null || true)
  if [ -n "$reports" ]; then
    grep -hE -A 12 "AddressSanitizer|WARNING|FATAL" $reports | head -60 >&2
    echo "native checks, $check: see $reports" >&2
    exit 1
  fi
  echo "native checks, $check: no report"
done

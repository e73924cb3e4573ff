#!/bin/bash
# Times the same queries in NumPy, PyTorch, Faiss and Afterimage, in turns: tools/peers.sh [FOLDER [SHAPE...]]
# Writes the results to FOLDER/peers.json and the keys to FOLDER/data (9.4 GB for all shapes). FOLDER is target/benchmarks by
# default. Takes about a quarter of an hour on two cores. PYTHON and JAVA name other commands; THREADS limits the threads.
# Needs Python's libraries: apt-get install python3-numpy libopenblas0-pthread python3-torch python3-faiss
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-target/benchmarks}
shapes=("${@:2}")
[ ${#shapes[@]} -gt 0 ] || shapes=(CIFAR_SHORT CIFAR IMAGENET IMAGENET_REDUCED)
python=${PYTHON:-/usr/bin/python3}
java=${JAVA:-java}
jar=${BENCHMARKS_JAR:-target/benchmarks.jar}

if ! "$python" -c 'import numpy' 2>/dev/null; then
  echo "peers: skipped, $python has no NumPy (Debian: apt-get install python3-numpy libopenblas0-pthread)" >&2
  exit 0
fi
if [ ! -f "$jar" ]; then
  echo "peers: $jar is missing: mvn -q -Pbench package -DskipTests" >&2
  exit 1
fi
threads=${THREADS:-$(nproc)}
# Gives every library the same number of threads. OpenMP reads these variables when it is loaded.
export OMP_NUM_THREADS=$threads OPENBLAS_NUM_THREADS=$threads MKL_NUM_THREADS=$threads
mkdir -p "$folder/data"
"$java" -Dthreads="$threads" -cp "$jar" io.github.afterimage.bench.Benchmarks data "$folder/data" "${shapes[@]}"
exec "$python" tools/peers.py --java "$java" --jar "$jar" --threads "$threads" --data "$folder/data" \
  --out "$folder/peers.json" "${shapes[@]}"

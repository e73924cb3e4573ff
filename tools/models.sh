#!/usr/bin/env bash
# Makes the files of models/ from CIFAR-10 and a network: tools/models.sh DATA NETWORK
# DATA holds cifar-10-batches-bin; tools/train/export.py wrote NETWORK. Needs the built program. Run it in the top folder.
set -euo pipefail
if [ $# -ne 2 ]; then
  echo "usage: $0 DATA NETWORK, such as $0 data target/train/network.onnx" >&2
  exit 2
fi
data=$1
PATH=$PWD/tools:$PATH

[ "$2" -ef models/cifar10_resnet.onnx ] || cp "$2" models/cifar10_resnet.onnx
index=models/cifar10.safetensors
model=models/cifar10_resnet.onnx

# The network never saw the last 5,000 training images: the rule of network and memory is fitted to them.
afterimage build --model "$model" --layers gap,stage3_block1 \
  --data "cifar10:$data#train[0:45000]" --preprocess resize=32,crop=32 --reduce whiten:112:epsilon=0.3 --dtype i8 --out "$index"
afterimage tune --index "$index" --model "$model" --data "cifar10:$data#train[45000:]" --save
afterimage features --index "$index" --model "$model" --data "cifar10:$data#test" --dtype f16 \
  --out models/cifar10-test.safetensors
# A camera out of focus; the other half of the test images stays clean.
afterimage features --index "$index" --model "$model" --data "cifar10:$data#test[0:5000]" --blur 1 --dtype f16 \
  --out models/cifar10-blurred.safetensors
# Pictures of that first half that are answered wrong, each in 15 forms.
afterimage measure lessons --index "$index" --model "$model" --data "cifar10:$data#test[0:5000]" \
  --forms models/cifar10-lessons.safetensors
afterimage evaluate --index "$index" --model "$model" --data "cifar10:$data#test"

# Drawings, which may be shown to everybody: 300 to remember, 300 to tune with and 300 to test.
drawings=models/drawings.safetensors
rm -rf target/drawings
for seed in 1 2 3; do java tools/Drawings.java "target/drawings/$seed" 30 "$seed"; done
afterimage build --model "$model" --layers gap --data images:target/drawings/1 --preprocess resize=32,crop=32 \
  --reduce whiten:64 --dtype i8 --thumbnails --out "$drawings"
afterimage tune --index "$drawings" --model "$model" --data images:target/drawings/2 --save
afterimage evaluate --index "$drawings" --model "$model" --data images:target/drawings/3
sha256sum models/*.onnx models/*.safetensors

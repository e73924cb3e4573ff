#!/usr/bin/env bash
# Calls experiments on the networks and data that are there: tools/reproduce.sh DATA NETWORKS [TEXT]
# DATA holds cifar-10-batches-bin and cifar-100-binary; NETWORKS the ONNX files below. TEXT chooses the parts whose names have it. Each
# part's result is experiments/PART.txt; finished work is kept in experiments, so that an interrupted run continues. Run it in the top folder.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo "usage: $0 DATA NETWORKS [TEXT], such as $0 data networks cifar100" >&2
  exit 2
fi
data=$1 networks=$2 text=${3:-} work=experiments
PATH=$PWD/tools:$PATH
mkdir -p $work

# PART NETWORK OPTIONS...: runs "afterimage OPTIONS" with the network, if that is there.
part() {
  local name=$1 network=$networks/$2
  shift 2
  [[ $name == *"$text"* ]] || return 0
  [ -e "$network" ] || { echo "$name: $network is missing" >&2; return 0; }
  echo "$name" >&2
  afterimage "$@" --model "$network" > "$work/$name.txt" || echo "$name failed" >&2
}

torch='--hold-out 0 --preprocess mean=0.485:0.456:0.406,std=0.229:0.224:0.225' cifar10=cifar10:$data cifar100=cifar100:$data
keys='--layers stage3_block4,stage3_block8' index=$work/cifar100-resnet56.safetensors resnet=cifar100_resnet56_torch.onnx
# shellcheck disable=SC2086 # several options
{
  part cifar10-resnet20 cifar10_resnet20.onnx measure methods --data "$cifar10" --layers activation_14,activation_16,activation_18
  part cifar10-afterimage cifar10_resnet.onnx measure methods --data "$cifar10" --layers gap,stage3_block1
  part cifar10-resnet56 cifar10_resnet56_torch.onnx measure methods --data "$cifar10" $torch $keys
  part cifar10-densenet100 cifar10_densenet100.onnx measure methods --data "$cifar10" --hold-out 0 --layers block3,gap
  part cifar100-resnet56 $resnet measure methods --data "$cifar100" --hold-out 0 $keys
  part cifar100-densenet100 cifar100_densenet100.onnx measure methods --data "$cifar100" --hold-out 0 --layers block3,gap
  part cifar100-size $resnet reproduce size --data "$cifar100" --hold-out 0 $keys --sizes 1,5,10,20,40,60,80,100
  part cifar100-layers $resnet reproduce layers --data "$cifar100" --hold-out 0 --dtype bf16 --layers 'image,stage3_block*,gap'
  [ -e "$index" ] || part cifar100-index-for-attacks-and-jacobian $resnet build --data "$cifar100#train" $keys \
    --reduce pca:256 --dtype bf16 --out "$index"
  part cifar100-tuned-for-attacks-and-jacobian $resnet tune --index "$index" --data "$cifar100#test[0:5000]" --save
  part cifar100-attacks $resnet reproduce attacks --index "$index" --data "$cifar100#test[5000:10000]" --count 100 --against network,mixed,cache
  part cifar100-jacobian $resnet reproduce jacobian --index "$index" --data "$cifar100#test[5000:10000]" --count 100
}

#!/usr/bin/env python3
"""Writes the network trained by train.py as ONNX: CHECKPOINT to OUT (.onnx).

Input `image` [N,3,32,32], RGB in 0..1, normalised inside the graph; outputs `logits` [N,10] and
`probabilities` [N,10]. Batch normalisation is folded into the convolutions. The outputs of the
residual blocks are named stage1_block1, stage2_block1, ..., the output of the stem `stem`, and the
pooled vector `gap`.

check.py runs the network on CIFAR-10's test and held-out images.
"""

import argparse
import os
import sys

from train import Network

try:
    import onnx
    import torch
    from torch import nn
except ImportError as e:
    sys.exit(f"{sys.argv[0]}: {e}. Needs ONNX too (Debian: apt install python3-onnx)")

CLASSES = "airplane automobile bird cat deer dog frog horse ship truck"


class WithProbabilities(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        logits = self.network(image)
        return logits, torch.softmax(logits, 1)


def producer(graph, value):
    return next(n for n in graph.node if value in n.output)


def layers(graph, blocks):
    """Finds the hidden values that get a name, by the structure of the graph: {value: name}."""
    relus = [n for n in graph.node if n.op_type == "Relu"]
    ends = [n for n in relus if producer(graph, n.input[0]).op_type == "Add"]
    flat = [n for n in graph.node if n.op_type == "Flatten"]
    if len(ends) != len(blocks) or len(flat) != 1:
        sys.exit(f"{sys.argv[0]}: the exported graph is not the expected one")
    named = {relus[0].output[0]: "stem", flat[0].output[0]: "gap"}
    named.update((n.output[0], name) for n, name in zip(ends, blocks))
    return named


def rename(graph, named):
    for node in graph.node:
        for values in (node.input, node.output):
            for i, v in enumerate(values):
                values[i] = named.get(v, v)
    for info in graph.value_info:
        info.name = named.get(info.name, info.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", required=True, help="OUT/checkpoint.pt of train.py")
    parser.add_argument("--out", required=True, help="the .onnx file to write")
    args = parser.parse_args()
    if not os.path.isfile(args.checkpoint):
        sys.exit(f"{sys.argv[0]}: there is no {args.checkpoint}")

    network = Network()
    network.load_state_dict(torch.load(args.checkpoint, weights_only=True)["model"])
    network.eval()
    torch.onnx.export(
        WithProbabilities(network).eval(), torch.zeros(2, 3, 32, 32), args.out,
        opset_version=17, dynamo=False, input_names=["image"],
        output_names=["logits", "probabilities"],
        dynamic_axes={v: {0: "N"} for v in ("image", "logits", "probabilities")})

    model = onnx.load(args.out)
    rename(model.graph, layers(model.graph, network.blocks))
    model.graph.name = "afterimage_resnet"
    onnx.helper.set_model_props(model, {"classes": CLASSES})
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, args.out)
    print(f"{args.out}: {os.path.getsize(args.out)} bytes")


if __name__ == "__main__":
    main()

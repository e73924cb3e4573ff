#!/usr/bin/env python3
"""Counts the correct answers of the network that export.py wrote, with ONNX Runtime.

Runs the 5,000 held-out training images and the 10,000 test images of CIFAR-10. The accuracies
should equal those in the last line of train.log. Needs no PyTorch.
Debian 13's ONNX Runtime prints many "Schema error" lines when it loads; they are harmless.
"""

import argparse
import os
import sys

try:
    import numpy as np
    import onnxruntime
except ImportError as e:
    sys.exit(f"{sys.argv[0]}: {e}. Debian: apt install python3-onnxruntime")

HELD_OUT = 5_000


def load(folder, name):
    inner = os.path.join(folder, "cifar-10-batches-bin")
    path = os.path.join(inner if os.path.isdir(inner) else folder, name + ".bin")
    if not os.path.isfile(path) or os.path.getsize(path) != 10_000 * 3073:
        sys.exit(f"{sys.argv[0]}: {path} is missing or not a batch of CIFAR-10's binary version")
    records = np.fromfile(path, np.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="the .onnx file")
    parser.add_argument("--data", required=True, help="folder with CIFAR-10's binary version")
    args = parser.parse_args()
    session = onnxruntime.InferenceSession(args.model, providers=["CPUExecutionProvider"])

    images, labels = load(args.data, "data_batch_5")
    sets = {"validation": (images[-HELD_OUT:], labels[-HELD_OUT:]),
            "test": load(args.data, "test_batch")}
    for name, (images, labels) in sets.items():
        right = 0
        for i in range(0, len(labels), 250):
            x = images[i:i + 250].astype(np.float32) / 255
            probabilities, = session.run(["probabilities"], {"image": x})
            right += int((probabilities.argmax(1) == labels[i:i + 250]).sum())
        print(f"{name}: {right} of {len(labels)} right, {right / len(labels):.4f}")


if __name__ == "__main__":
    main()

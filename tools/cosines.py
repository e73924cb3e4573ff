#!/usr/bin/python3
"""How alike keys are: cosines of queries with keys of their class and of others.

    tools/cosines.py KEYS QUERIES

Each is a .npy file with NAME.labels.npy beside it, or a .safetensors file of float32 (an index, or what "features" writes).
Prints mean and standard deviation for keys of the same class and for others, the mean over queries of the nearest of each, the
share of queries whose nearest key has another class, and the share of zeros.
"""
import json
import struct
import sys

import numpy as np


def load(path):
    if path.endswith(".npy"):
        return np.load(path, mmap_mode="r"), np.load(path[: -len("npy")] + "labels.npy")
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        begin = file.tell()
    arrays = {name: np.memmap(path, {"F32": "<f4", "I32": "<i4"}[tensor["dtype"]], "r",
                              begin + tensor["data_offsets"][0], tuple(tensor["shape"]))
              for name, tensor in header.items() if tensor.get("dtype") in ("F32", "I32")}
    return arrays["keys" if "keys" in arrays else "features"], arrays["labels"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    (keys, labels), (queries, asked) = load(sys.argv[1]), load(sys.argv[2])
    every = max(1, len(keys) // 12000)  # as many as the table in Activations.java
    keys, labels, queries, asked = np.array(keys[::every]), labels[::every], queries[:300], asked[:300]
    cosines = queries @ keys.T
    same = asked[:, None] == labels[None, :]
    nearest = [np.array([row[mask].max() for row, mask in zip(cosines, which)]) for which in (same, ~same)]
    print(f"own class {cosines[same].mean():.3f} {cosines[same].std():.3f}, "
          f"others {cosines[~same].mean():.3f} {cosines[~same].std():.3f}, "
          f"nearest {nearest[0].mean():.3f} {nearest[1].mean():.3f}, "
          f"errors {(nearest[1] > nearest[0]).mean():.2f}, zeros {(keys == 0).mean():.2f}")


if __name__ == "__main__":
    main()

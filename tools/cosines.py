#!/usr/bin/python3
"""Prints the cosines of queries with keys of the same class and of other classes.

    tools/cosines.py KEYS QUERIES

KEYS and QUERIES are .npy files with NAME.labels.npy beside them, or .safetensors files of float32: an index, or a file that
"features" wrote. Prints the mean and standard deviation of the cosines with keys of the query's class and of other classes,
the mean cosine with the nearest key of each kind, the share of queries whose nearest key has another class, and the share of
zeros among the values. The benchmarks' synthetic keys imitate these figures (Activations.java).
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
    every = max(1, len(keys) // 12000)  # the table in Activations.java has so many
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

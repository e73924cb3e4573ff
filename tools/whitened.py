#!/usr/bin/python3
"""Computes the probabilities of a memory from its index file, by the equations and in double precision.

    tools/whitened.py INDEX FEATURES THETA [MEMORY DIRECTIONS] > probabilities.txt

INDEX is a file without parts: keys as they are, or reduced by pca or whiten. FEATURES is a .npz or .safetensors file of
float32 "features" (n, dim) before the reduction. Prints a row of probabilities, one for each class, for each row of features.
With MEMORY and DIRECTIONS it is the pool of the memory alone, p ~ E_c^MEMORY exp(DIRECTIONS z m_c): E_c is the mean term of the keys of a
class, drawn to that of all keys as by 20 keys, and m_c the sum of its keys scaled to unit norm.
"""
import json
import struct
import sys

import numpy as np


def load(path):
    if path.endswith(".npz"):
        return {}, dict(np.load(path))
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    types = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "i1", "I32": "<i4", "I64": "<i8"}
    arrays = {name: np.frombuffer(data[slice(*tensor["data_offsets"])], types[tensor["dtype"]]).reshape(tensor["shape"])
              for name, tensor in header.items() if tensor["dtype"] in types}
    if header.get("keys", {}).get("dtype") == "BF16":
        arrays["keys"] = (arrays["keys"].astype("<u4") << 16).view("<f4")
    return metadata, arrays


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main():
    if len(sys.argv) not in (4, 6):
        sys.exit(__doc__)
    metadata, index = load(sys.argv[1])
    z = unit(load(sys.argv[2])[1]["features"].astype(float))
    theta, *weights = map(float, sys.argv[3:])
    if "projection" in index:
        z = unit(z @ index["projection"].astype(float).T)
    if "whitening" in index:
        z = unit((z - index["offset"]) @ index["whitening"].astype(float).T)
    keys = index["keys"].astype(float) * index.get("scales", np.ones(1))[:, None]
    terms = np.exp(theta * (z @ keys.T - 1))
    p = np.zeros((len(z), int(metadata["afterimage.classes"])))
    for label in np.unique(index["labels"]):
        of_class = index["labels"] == label
        p[:, label] = terms[:, of_class].sum(axis=1)
        if weights:
            center = unit(keys[of_class].sum(axis=0)[None])[0]
            evidence = (p[:, label] + 20 * terms.mean(axis=1)) / (of_class.sum() + 20)
            p[:, label] = evidence ** weights[0] * np.exp(weights[1] * (z @ center))
    np.savetxt(sys.stdout, p / p.sum(axis=1, keepdims=True), fmt="%.9g")


if __name__ == "__main__":
    main()

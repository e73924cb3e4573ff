#!/usr/bin/python3
"""Computes the probabilities of a memory from its index file, by the equations and in double precision.

    tools/whitened.py INDEX FEATURES THETA [BETA] > probabilities.txt

INDEX is a file without parts: keys as they are, or reduced by pca or whiten. FEATURES is a .npz or .safetensors file of
float32 "features" (n, dim) before the reduction. Prints a row of probabilities, one for each class, for each row of features.
BETA is the weight of the factor of a class, exp(BETA z m_c), m_c being the mean of its keys scaled to unit norm; 0 by default.
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
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    metadata, index = load(sys.argv[1])
    z = unit(load(sys.argv[2])[1]["features"].astype(float))
    theta, beta = float(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) == 5 else 0.0
    if "projection" in index:
        z = unit(z @ index["projection"].astype(float).T)
    if "whitening" in index:
        z = unit((z - index["offset"]) @ index["whitening"].astype(float).T)
    keys = index["keys"].astype(float) * index.get("scales", np.ones(1))[:, None]
    terms = np.exp(theta * (z @ keys.T - 1))
    p = np.zeros((len(z), int(metadata["afterimage.classes"])))
    for label in np.unique(index["labels"]):
        of_class = index["labels"] == label
        center = unit(keys[of_class].sum(axis=0)[None])[0]
        p[:, label] = terms[:, of_class].sum(axis=1) * np.exp(beta * (z @ center))
    np.savetxt(sys.stdout, p / p.sum(axis=1, keepdims=True), fmt="%.9g")


if __name__ == "__main__":
    main()

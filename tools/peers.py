#!/usr/bin/python3
"""Times Python libraries on the paper's operator, in turns with Afterimage on the same keys; tools/peers.sh runs this.

A contender is a class with a name and answer(queries) -> probabilities (batch, classes). Before it is timed, its answer is
compared with an answer in double precision; the results hold the largest difference beside the time. A contender that claims
to be exact and differs by more than 1e-3 ends the program.
"""
import argparse
import functools
import json
import subprocess
import sys
import time

import numpy as np

THETA = 60.0
VOTES = 75
BATCHES = (1, 16, 256)
KEYS_OF_A_PART = 16384  # the scores of 256 queries with so many keys take 16 MB and stay in the last-level cache


@functools.lru_cache(maxsize=None)
def load(name):
    """Imports a module; prints one message and returns None if it is missing."""
    try:
        return __import__(name)
    except ImportError as error:
        print(f"peers: {name} is skipped: {error} (Debian: apt-get install python3-{name})", file=sys.stderr)
        return None


class NumpyProduct:
    """Computes the scores alone: a lower bound for every contender that uses a BLAS."""
    name = "numpyProduct"
    exact = None

    def __init__(self, keys, labels, classes):
        self.keys = keys

    def answer(self, queries):
        return queries @ self.keys.T


class Numpy:
    """Multiplies parts of the keys that stay in cache, takes exp in place, and sums keys that are sorted by class."""
    name = "numpy"
    exact = True

    def __init__(self, keys, labels, classes):
        assert np.all(np.diff(labels) >= 0), "keys are sorted by class"
        self.keys, self.labels, self.classes = keys, labels, classes

    def answer(self, queries):
        sums = np.zeros((len(queries), self.classes), np.float64)
        for first in range(0, len(self.keys), KEYS_OF_A_PART):
            part = slice(first, first + KEYS_OF_A_PART)
            scores = queries @ self.keys[part].T
            scores -= 1
            scores *= THETA
            np.exp(scores, out=scores)
            present, starts = np.unique(self.labels[part], return_index=True)
            sums[:, present] += np.add.reduceat(scores, starts, axis=1)
        return sums / sums.sum(axis=1, keepdims=True)


class Torch:
    """softmax(theta q keys^T) @ one-hot labels, written directly."""
    name = "torch"
    exact = True
    bfloat16 = False

    def __init__(self, keys, labels, classes):
        self.torch = load("torch")
        self.type = self.torch.bfloat16 if self.bfloat16 else self.torch.float32
        self.keys = self.torch.from_numpy(keys).to(self.type)
        self.values = self.torch.nn.functional.one_hot(self.torch.from_numpy(labels).long(), classes).to(self.type)

    def answer(self, queries):
        with self.torch.inference_mode():
            scores = self.torch.from_numpy(queries).to(self.type) @ self.keys.T
            return (self.torch.softmax(THETA * scores, dim=1) @ self.values).float().numpy()


class TorchBfloat16(Torch):
    """Torch with keys, queries and labels in bf16, which reads half the bytes."""
    name = "torchBfloat16"
    exact = False
    bfloat16 = True


class Attention(Torch):
    """Attention whose values are one-hot labels: scaled_dot_product_attention with theta as its scale."""
    name = "attention"
    exact = True

    def answer(self, queries):
        with self.torch.inference_mode():
            return self.torch.nn.functional.scaled_dot_product_attention(
                self.torch.from_numpy(queries)[None, None], self.keys[None, None], self.values[None, None],
                scale=THETA)[0, 0].numpy()


class FaissFlat:
    """Sums the weights of the 75 nearest keys instead of all keys, as a search for neighbours allows."""
    name = "faissFlat"
    exact = False

    def __init__(self, keys, labels, classes):
        faiss = load("faiss")
        self.labels, self.classes = labels, classes
        self.index = self.make(faiss, keys)

    def make(self, faiss, keys):
        index = faiss.IndexFlatIP(keys.shape[1])
        index.add(keys)
        return index

    def answer(self, queries):
        scores, ids = self.index.search(queries, VOTES)
        weights = np.exp(THETA * (scores - 1)) * (ids >= 0)
        sums = np.zeros((len(queries), self.classes), np.float64)
        np.add.at(sums, (np.arange(len(queries))[:, None], self.labels[ids]), weights)
        return sums / sums.sum(axis=1, keepdims=True)


class FaissIvf(FaissFlat):
    """FaissFlat over the keys of 16 of 256 clusters."""
    name = "faissIvf"
    exact = False

    def make(self, faiss, keys):
        lists = min(256, len(keys) // 40)
        quantizer = faiss.IndexFlatIP(keys.shape[1])
        index = faiss.IndexIVFFlat(quantizer, keys.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 8
        index.train(keys[:: max(1, len(keys) // (40 * lists))])
        index.add(keys)
        index.nprobe = max(1, lists // 16)
        index.quantizer_kept = quantizer  # faiss keeps no reference to it
        return index


CONTENDERS = {
    "numpy": (NumpyProduct, Numpy),
    "torch": (Torch, Attention, TorchBfloat16),
    "faiss": (FaissFlat, FaissIvf),
}


class Ours:
    """A Java process with the same keys. It answers each line of input with a line of output."""

    def __init__(self, arguments, shape):
        self.process = subprocess.Popen(
            [arguments.java, f"-Dthreads={arguments.threads}", "-Xmx2g", "-cp", arguments.jar,
             "io.github.afterimage.bench.QueryServer", shape, "f32"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.machine = json.loads(self.line()[len("ready "):])

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("peers: the Java process ended")
        return line

    def ask(self, text):
        print(text, file=self.process.stdin, flush=True)
        return self.line()

    def seconds(self, batch):
        return float(self.ask(f"time {batch}"))

    def answers(self, count):
        return np.array(self.ask(f"answers {count}").split(), np.float64).reshape(count, -1)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def figure(values):
    return {"median": float(np.median(values)), "least": min(values), "greatest": max(values), "n": len(values)}


def timed(contender, queries):
    start = time.perf_counter()
    contender.answer(queries)
    return time.perf_counter() - start


def measure(arguments, shape, results):
    keys, labels, queries, expected = (
        np.load(f"{arguments.data}/{shape}{part}.npy") for part in ("", ".labels", ".queries", ".expected"))
    classes = expected.shape[1]
    checked = queries[: len(expected)]
    ours = Ours(arguments, shape)
    error = np.abs(ours.answers(len(expected)) - expected).max()
    figures = {batch: {"autoMilliseconds": [], "autoError": [float(error)]} for batch in BATCHES}
    for module, contenders in CONTENDERS.items():
        if not load(module):
            continue
        for contender in contenders:
            peer = contender(keys, labels, classes)
            if contender.exact is not None:
                error = float(np.abs(peer.answer(checked) - expected).max())
                if contender.exact and not error <= 1e-3:
                    sys.exit(f"peers: {contender.name} is off by {error} on {shape}")
            for batch in BATCHES:
                asked = np.ascontiguousarray(queries[:batch])
                ours.seconds(batch)
                first = timed(peer, asked)
                for _ in range(arguments.rounds if first < 20 else 1):
                    time.sleep(0.05)  # idle threads of OpenBLAS and OpenMP spin for about 30 ms
                    auto, peers = ours.seconds(batch), timed(peer, asked)
                    figures[batch]["autoMilliseconds"].append(auto * 1e3)
                    figures[batch].setdefault(contender.name + "OverAuto", []).append(peers / auto)
                if contender.exact is not None:
                    figures[batch][contender.name + "Error"] = [error]
                print(f"{shape} batch {batch}: {contender.name} "
                      f"{np.median(figures[batch][contender.name + 'OverAuto']):.2f} times ours, "
                      f"off by {error if contender.exact is not None else 0:.1e}", flush=True)
            del peer
    for batch, values in figures.items():
        results.append({"benchmark": "PythonPeers", "parameters": {"shape": shape, "batch": str(batch)},
                        "figures": {name: figure(list_) for name, list_ in values.items()}})
    ours.close()
    return ours.machine


def versions():
    machine = {"python": sys.version.split()[0], "numpy": np.__version__}
    for name in ("torch", "faiss"):
        module = load(name)
        if module:
            machine[name] = module.__version__
    try:
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        machine["numpy"] += f", built with {blas.get('name')} {blas.get('version', '')}".rstrip()
    except (TypeError, KeyError):
        pass
    with open("/proc/self/maps") as maps:
        loaded = {line.split("/")[-1].strip() for line in maps if "blas" in line.split("/")[-1]}
    machine["numpy"] += f", runs {', '.join(sorted(loaded))}"
    return machine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", default="java")
    parser.add_argument("--jar", default="target/benchmarks.jar")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("shapes", nargs="+")
    arguments = parser.parse_args()
    torch, faiss = load("torch"), load("faiss")
    if torch:
        torch.set_num_threads(arguments.threads)
    if faiss:
        faiss.omp_set_num_threads(arguments.threads)
    machine, results = {}, []
    for shape in arguments.shapes:
        machine = {**measure(arguments, shape, results), **versions()}
        with open(arguments.out, "w") as out:  # after each shape, so that a failure does not lose the others
            json.dump({"machine": machine, "results": results}, out, indent=1)
    print(arguments.out)


if __name__ == "__main__":
    main()

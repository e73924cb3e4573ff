"""Makes sets of CIFAR-10's test images, lets `afterimage try` judge each, and measures the index that it made on other images.

    python3 tools/leaks.py FOLDER_OF_CIFAR10 OUT [SET...]

Prints for each set the verdict of try, the share of the network's errors that it says the memory removes, and the share that
evaluate finds removed from 2,400 to 5,000 images made in the same way from images that try has not seen. Fails if try says
"helps" and the true share is less than half, or more than twice, of what it says.
"""

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import zlib

import numpy

random = numpy.random.default_rng(1)
names = "airplane automobile bird cat deer dog frog horse ship truck kitty lorry".split()
marks = random.integers(0, 256, (10, 6, 6, 3), numpy.uint8)


def png(pixels):
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write(folder, pictures, labels):
    for pixels, label in zip(pictures, labels):
        target = folder / names[label]
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{random.integers(1 << 62):016x}.png").write_bytes(png(pixels))


def bytes_of(values):
    return numpy.clip(values, 0, 255).astype(numpy.uint8)


def noisy(images, deviation):
    return bytes_of(images + random.normal(0, deviation, images.shape))


def smooth(images):
    return sum(numpy.roll(images.astype(float), (y, x), (1, 2)) for y in (-1, 0, 1) for x in (-1, 0, 1)) / 9


def each(change):
    """A set in which each image is changed alike."""
    return lambda images, labels: (bytes_of(change(images)), labels)


def several(count, change, share=1):
    """A set of `count` changes of some of the images."""
    def made(images, labels):
        some = numpy.repeat(numpy.arange(int(len(images) * share) // count), count)
        return [*change(images[some]), *images[len(some):]], labels[[*some, *range(len(some), len(labels))]]
    return made


def on_backgrounds(size=32, moves=0):
    """Discs cut out of the images, each on another background."""
    def change(images):
        images = images.repeat(size // 32, 1).repeat(size // 32, 2)
        objects = smooth(images) if size > 32 else images
        grid = numpy.arange(size) - size / 2 + 0.5
        pictures = []
        for one, background in zip(objects, objects[random.permutation(len(objects))]):
            x, y = random.integers(-moves, moves + 1, 2)
            disc = (grid - x) ** 2 + ((grid - y) ** 2)[:, None] < (size * 0.345) ** 2
            pictures.append(numpy.where(disc[..., None], numpy.roll(one, (y, x), (0, 1)), background))
        return bytes_of(numpy.array(pictures))
    return change


def collages(mirrored):
    def made(images, labels):
        halves = images.reshape(-1, 16, 2, 16, 2, 3).mean((2, 4)).astype(numpy.uint8)
        pictures = []
        for label in (chosen := numpy.repeat(numpy.arange(10), 240)):
            four = halves[random.choice(numpy.flatnonzero(labels == label)[:40], 4, replace=False)]
            a, b, c, d = (one[:, ::random.choice([-1, 1])] if mirrored else one for one in four)
            pictures.append(numpy.vstack([numpy.hstack([a, b]), numpy.hstack([c, d])]))
        return numpy.array(pictures), chosen
    return made


def marked(classes, size=6):
    def made(images, labels):
        images = images.copy()
        for label in classes:
            images[labels == label, -size:, :size] = marks[label, :size, :size]
        return images, labels
    return made


def framed(images, labels):
    images = images.copy()
    for edge in (numpy.s_[:, :2], numpy.s_[:, -2:], numpy.s_[:, :, :2], numpy.s_[:, :, -2:]):
        images[edge] = marks[labels, 0, 0][:, None, None]
    return images, labels


def shifted(images):
    moves = random.integers(-3, 4, (len(images), 2))
    return numpy.array([numpy.roll(image, tuple(move), (0, 1)) for image, move in zip(images, moves)])


def mirrored_or_not(images):
    return numpy.array([image[:, ::-1] if i % 2 else image for i, image in enumerate(images)])


def lit(images):
    return bytes_of(images * random.uniform(0.6, 1.4, (len(images), 1, 1, 3)))


def with_class(change):
    """Two sets in which images get what their class has, and what any class has."""
    return (lambda images, labels: (bytes_of(change(images, labels)), labels),
            lambda images, labels: (bytes_of(change(images, random.permutation(labels))), labels))


def by_coin(*pairs):
    """Half of the images of a class are called by another name."""
    def made(images, labels):
        labels = labels.copy()
        for one, other in pairs:
            labels[(labels == one) & (random.random(len(labels)) < 0.5)] = other
        return images, labels
    return made


SETS = {
    "plain": each(lambda images: images),
    # Parts of pictures are in others.
    "objects": several(8, on_backgrounds()),
    "objects in half of the pictures": several(8, on_backgrounds(), share=0.5),
    "objects that move": several(8, on_backgrounds(96, 12)),
    "objects with noise": several(8, lambda images: noisy(on_backgrounds()(images), 5)),
    "collages": collages(False),
    "collages of mirrored images": collages(True),
    "watermarks": marked(range(10)),
    "watermarks of three classes": marked([1, 4, 7]),
    "small watermarks": marked(range(10), 3),
    "frames of a class's colour": framed,
    "tints of classes": with_class(lambda images, labels: smooth(images) / 2 + marks[labels, 0, 0][:, None, None] / 2),
    "grain of classes": with_class(lambda images, labels: 255 - images + (marks[labels].repeat(6, 1).repeat(6, 2)[:, :32, :32] - 128.0) / 8),
    # The same picture is there several times.
    "copies with noise": several(2, lambda images: noisy(images, 4)),
    "copies with other light": several(4, lit),
    "shifted copies": several(4, shifted),
    "mirrored copies": several(2, mirrored_or_not),
    "time-lapse": several(15, lambda images: noisy(lit(images), 2)),
    # Labels are wrong.
    "random labels": lambda images, labels: (images, random.permutation(labels)),
    "classes by coin": by_coin((3, 10), (9, 11)),
    # Images of a kind that the network has not seen.
    "blurred": each(smooth),
    "turned": each(lambda images: images.swapaxes(1, 2)),
    "upside down": each(lambda images: images[:, ::-1]),
    "negatives": each(lambda images: 255 - images.astype(int)),
    "other colours": each(lambda images: images[..., [2, 0, 1]]),
    "noise": each(lambda images: noisy(images, 25)),
    "dark": each(lambda images: images * 0.3),
}


def afterimage(*arguments):
    run = subprocess.run(["tools/afterimage", *map(str, arguments), "--json"], capture_output=True, text=True)
    return json.loads(run.stdout or "{}")


def main(data, out, *chosen):
    path = next(pathlib.Path(data).rglob("test_batch.bin"))
    records = numpy.fromfile(path, numpy.uint8).reshape(-1, 3073)
    labels, images = records[:, 0], records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    network, wrong = shutil.copy("models/cifar10_resnet.onnx", out), []
    pathlib.Path(out, "labels.txt").write_text("\n".join(names[:10]))
    print(f"{'set':34}{'verdict':12}{'removed':>9}{'truly':>9}{'p':>10}")
    for name in chosen or SETS:
        folder = pathlib.Path(out) / name.replace(" ", "-")
        if not folder.exists():
            given, fresh = made if isinstance(made := SETS[name], tuple) else (made, made)
            write(folder / "given", *given(images[:2000], labels[:2000]))
            write(folder / "fresh", *fresh(images[5000:], labels[5000:]))
        told = afterimage("try", network, "--data", f"images:{folder / 'given'}", "--out", folder / "try")
        true = afterimage("evaluate", "--index", folder / "try/index.safetensors", "--model", network,
                          "--data", f"images:{folder / 'fresh'}")
        together, examples = told["accuracy"]["together"]["errors"]["wrong"], told["accuracy"]["examples"]
        errors = {rival["name"]: rival["errors"]["wrong"] for rival in told["accuracy"]["rivals"]}
        # A network that does not know the classes is not asked: the memory then stands against no answer at all.
        removed = 1 - together / errors.get("network with two views", errors.get("network", examples))
        truly = 1 - (true.get("togetherErrors") or true["memoryErrors"]) / (
            true.get("twoViewsErrors") or true.get("networkErrors") or true["examples"])
        print(f"{name:34}{told['verdict']:12}{removed:9.1%}{truly:9.1%}{true.get('gain', {}).get('p', 1):10.1g}", flush=True)
        if told["verdict"] == "helps" and not removed / 2 <= truly <= removed * 2:
            wrong.append(name)
    sys.exit(f"try promises too much: {', '.join(wrong)}" if wrong else 0)


main(*sys.argv[1:])

"""Makes sets of CIFAR-10's test images in which pictures share parts, to try `afterimage try` on.

    python3 tools/leaks.py FOLDER_OF_CIFAR10 OUT

Each set is a folder of OUT with a folder of PNG files for each class; names have no order:
  objects    150 discs cut out of an image, each on 8 backgrounds
  collages   2,000 pictures of 2 x 2 halves of 400 images, 4 of one class
  watermark  2,000 images with a mark of their class in the lower left corner
  plain      2,000 images as they are
"""

import pathlib
import struct
import sys
import zlib

import numpy

random = numpy.random.default_rng(1)
names = "airplane automobile bird cat deer dog frog horse ship truck".split()


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


def main(data, out):
    path = next(pathlib.Path(data).rglob("test_batch.bin"))
    records = numpy.fromfile(path, numpy.uint8).reshape(-1, 3073)
    labels, images = records[:, 0], records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)

    across, down = numpy.meshgrid(numpy.arange(32) - 15.5, numpy.arange(32) - 15.5)
    disc = (across**2 + down**2 < 11**2)[..., None]
    objects = random.permutation(10000)[:150]
    cut = [(numpy.where(disc, images[one], images[random.integers(10000)]), labels[one]) for one in objects for _ in range(8)]
    write(out / "objects", *zip(*cut))

    halves = images.reshape(-1, 16, 2, 16, 2, 3).mean((2, 4)).astype(numpy.uint8)
    sources = [numpy.flatnonzero(labels == label)[:40] for label in range(10)]
    collages = []
    for label in numpy.repeat(numpy.arange(10), 200):
        a, b, c, d = halves[random.choice(sources[label], 4, replace=False)]
        collages.append((numpy.vstack([numpy.hstack([a, b]), numpy.hstack([c, d])]), label))
    write(out / "collages", *zip(*collages))

    marks = random.integers(0, 256, (10, 6, 6, 3), numpy.uint8)
    marked = images[:2000].copy()
    marked[:, 26:, :6] = marks[labels[:2000]]
    write(out / "watermark", marked, labels[:2000])
    write(out / "plain", images[:2000], labels[:2000])


main(sys.argv[1], pathlib.Path(sys.argv[2]))

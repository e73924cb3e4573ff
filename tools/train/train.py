#!/usr/bin/env python3
"""Trains the small residual network for CIFAR-10 that the examples of Afterimage use.

Writes OUT/checkpoint.pt after each epoch, from which --resume continues, and OUT/train.log.
export.py turns the checkpoint into an ONNX file.

The network: a 3x3 stem, then residual blocks in three stages of 32, 64 and 112 channels, global
average pooling and one linear layer; about 0.49 million parameters. It learns from the first
45,000 training images. The last 5,000 are held out for validation: a cache holds the training
images, and its settings are chosen on the held-out ones. The weights of the last epoch are kept,
whatever the validation accuracy is. The test images are used once, at the end.

DATA is the folder with CIFAR-10 in its binary version (data_batch_1.bin to data_batch_5.bin and
test_batch.bin, directly or in cifar-10-batches-bin).
"""

import argparse
import math
import os
import sys
import time

# On a busy machine, spinning OpenMP threads take most of the throughput.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

try:
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as e:
    sys.exit(f"{sys.argv[0]}: {e}. Needs PyTorch 2.6 and NumPy (Debian: apt install python3-torch)")

TRAINED_ON = 45_000
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)
STAGES = ((32, 1), (64, 1), (112, 2))
PAD = 4


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class Network(nn.Module):
    """Maps images [N,3,32,32], RGB in 0..1, to logits [N,10]."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))
        width = STAGES[0][0]
        self.conv = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.blocks = nn.ModuleDict()
        for s, (outputs, count) in enumerate(STAGES, 1):
            for b in range(1, count + 1):
                stride = 2 if s > 1 and b == 1 else 1
                self.blocks[f"stage{s}_block{b}"] = Block(width, outputs, stride)
                width = outputs
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(width, 10)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = F.relu(self.norm(self.conv((x - self.mean) / self.std)))
        for block in self.blocks.values():
            x = block(x)
        return self.linear(torch.flatten(self.pool(x), 1))


def load(folder, names):
    """Returns the images [N,32,32,3] and labels [N] of the named binary batches, as bytes."""
    inner = os.path.join(folder, "cifar-10-batches-bin")
    folder = inner if os.path.isdir(inner) else folder
    paths = [os.path.join(folder, n + ".bin") for n in names]
    for p in paths:
        if not os.path.isfile(p) or os.path.getsize(p) != 10_000 * 3073:
            sys.exit(f"{sys.argv[0]}: {p} is missing or not a batch of CIFAR-10's binary version")
    records = np.concatenate([np.fromfile(p, np.uint8).reshape(-1, 3073) for p in paths])
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).copy())
    labels = torch.from_numpy(records[:, 0].astype(np.int64))
    return images.permute(0, 2, 3, 1).contiguous(), labels


def to_input(images):
    return images.permute(0, 3, 1, 2).float().div_(255)


def pad(images):
    x = F.pad(to_input(images), (PAD,) * 4, mode="reflect")
    return x.mul_(255).round_().byte().permute(0, 2, 3, 1).contiguous()


def augment(padded, chosen, random):
    """Crops each chosen padded image to 32x32 at a random place, and mirrors half of them at random."""
    n = len(chosen)
    side = torch.arange(32)
    top, left = torch.randint(0, 2 * PAD + 1, (2, n, 1), generator=random)
    flip = torch.randint(0, 2, (n, 1), generator=random).bool()
    rows = top + side
    columns = left + torch.where(flip, 31 - side, side)
    return to_input(padded[chosen[:, None, None], rows[:, :, None], columns[:, None, :]])


def accuracy(model, images, labels):
    model.eval()
    right = 0
    with torch.inference_mode():
        for x, y in zip(images.split(250), labels.split(250)):
            right += (model(to_input(x)).argmax(1) == y).sum().item()
    return right / len(labels)


def rate(progress, peak, warm_up=0.1):
    """One-cycle learning rate: rises linearly, then falls to zero along a cosine."""
    if progress < warm_up:
        return peak * (0.05 + 0.95 * progress / warm_up)
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder with CIFAR-10's binary version")
    parser.add_argument("--out", required=True, help="folder for the checkpoint and the log")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--peak-rate", type=float, default=0.2)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bfloat16", action="store_true",
                        help="multiply in bfloat16: faster where the processor has AVX512-BF16 or AMX")
    parser.add_argument("--resume", action="store_true",
                        help="continue from OUT/checkpoint.pt; another --epochs changes the schedule")
    args = parser.parse_args()

    images, labels = load(args.data, [f"data_batch_{i}" for i in range(1, 6)])
    test_images, test_labels = load(args.data, ["test_batch"])
    padded, held_out = pad(images[:TRAINED_ON]), images[TRAINED_ON:]

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = Network().to(memory_format=torch.channels_last)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": args.weight_decay}, {"params": others}],
        lr=0.0, momentum=0.9, nesterov=True)

    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "checkpoint.pt")
    first = 1
    if args.resume:
        if not os.path.isfile(checkpoint):
            sys.exit(f"{sys.argv[0]}: --resume, but there is no {checkpoint}")
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"] + 1

    log = open(os.path.join(args.out, "train.log"), "a" if args.resume else "w", encoding="utf-8")

    def say(line):
        print(line, flush=True)
        print(line, file=log, flush=True)

    say("$ python3 " + " ".join(sys.argv))
    parameters = sum(p.numel() for p in model.parameters())
    say(f"torch {torch.__version__}, {args.threads} threads, {parameters} parameters, {vars(args)}")

    start = time.time()
    batches = TRAINED_ON // args.batch
    for epoch in range(first, args.epochs + 1):
        # A generator per epoch: a resumed run sees the same batches as one that never stopped.
        random = torch.Generator().manual_seed(args.seed * 100_003 + epoch)
        order = torch.randperm(TRAINED_ON, generator=random)
        began, total = time.time(), 0.0
        model.train()
        for b in range(batches):
            chosen = order[b * args.batch:(b + 1) * args.batch]
            x = augment(padded, chosen, random)
            lr = rate((epoch - 1 + b / batches) / args.epochs, args.peak_rate)
            for group in optimizer.param_groups:
                group["lr"] = lr
            with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
                logits = model(x)
            loss = F.cross_entropy(logits.float(), labels[chosen], label_smoothing=args.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        trained = time.time() - began
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            valid = accuracy(model, held_out, labels[TRAINED_ON:])
        say(f"epoch {epoch:3d}/{args.epochs}  loss {total / batches:.4f}  validation {valid:.4f}  "
            f"rate {lr:.5f}  {trained:.1f} s + {time.time() - began - trained:.1f} s")
        state = {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)

    train = accuracy(model, images[:TRAINED_ON], labels[:TRAINED_ON])
    valid = accuracy(model, held_out, labels[TRAINED_ON:])
    test = accuracy(model, test_images, test_labels)
    say(f"final: training {train:.4f}, validation {valid:.4f}, test {test:.4f}, "
        f"{(time.time() - start) / 60:.1f} minutes")


if __name__ == "__main__":
    main()

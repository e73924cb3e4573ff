#!/usr/bin/env python3
"""Runs the commands of models/README.md and writes what they print under them: tools/figures.py DATA NETWORKS [TEXT]

DATA holds cifar-10-batches-bin and cifar-100-binary, NETWORKS the files of the folder networks in these commands. TEXT chooses
the blocks of commands that have it; without it, all are run. They run in target/figures, where finished experiments are kept and
other files that the page names must lie. A block that ends with lines "# ..." gets the first table that its last command prints,
and the date. A block that fails stays as it is. Needs the built jar. Figures in sentences are not changed: the script prints each
table that is another one.
"""
import datetime
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
PAGE = TOP / "models/README.md"
WORK = TOP / "target/figures"
INDENT = "    "


def table(printed):
    """Returns the first paragraph with percentages in two lines or more, or else in one."""
    for least in (2, 1):
        for paragraph in printed.split("\n\n"):
            if sum("%" in line for line in paragraph.splitlines()) >= least:
                return [line.rstrip() for line in paragraph.strip("\n").splitlines()]
    raise ValueError(f"no table in:\n{printed}")


def run(command):
    path = f"{TOP / 'tools'}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=WORK, env=os.environ | {"PATH": path},
                          stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise ValueError(f"failed with {done.returncode}: {command}")
    return done.stdout


def measured(block):
    """Returns the lines of a block with the output of today."""
    lines = "\n".join(line[len(INDENT):] for line in block if not line.startswith(INDENT + "#"))
    for command in re.split(r"(?<!\\)\n", lines):
        print(command, file=sys.stderr)
        printed = run(command)
    before = [line for line in block if line.startswith(INDENT + "#")]
    if not before:
        return block
    lines = [f"{INDENT}# {line}".rstrip() for line in table(printed)]
    if lines != before[:-1]:
        print("\n".join(["another table, perhaps also in the sentences below:"] + before + lines))
    return block[:-len(before)] + lines + [f"{INDENT}# {datetime.date.today()}"]


def main():
    if len(sys.argv) not in (3, 4):
        raise SystemExit(f"usage: {sys.argv[0]} DATA NETWORKS [TEXT], such as data networks table1")
    WORK.mkdir(parents=True, exist_ok=True)
    for name, folder in {"data": sys.argv[1], "networks": sys.argv[2], "models": TOP / "models"}.items():
        (WORK / name).unlink(missing_ok=True)
        (WORK / name).symlink_to(pathlib.Path(folder).resolve())
    text = sys.argv[3] if len(sys.argv) == 4 else ""
    failures = 0
    # A block is lines that are indented; only those with commands of this program are run.
    parts = re.split(r"((?:^    .*\n)+)", PAGE.read_text(), flags=re.M)
    for i in range(1, len(parts), 2):
        if re.search(f"^{INDENT}afterimage ", parts[i], re.M) and text in parts[i]:
            try:
                parts[i] = "\n".join(measured(parts[i].splitlines())) + "\n"
                PAGE.write_text("".join(parts))
            except ValueError as e:
                failures += 1
                print(e, file=sys.stderr)
    sys.exit(1 if failures else 0)


main()

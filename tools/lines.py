#!/usr/bin/env python3
"""Counts Java code by module and package: python3 tools/lines.py [--packages]

Only main sources count, and no comments or blank lines. Prints also the number of types and of small types (at most 25
lines), then the files above 400 lines.
"""
import re
import subprocess
import sys
from collections import Counter

TOKEN = re.compile(r'"""(?:\\.|(?!""").)*"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)
TYPE = re.compile(r'^ *(?:(?:public|protected|private|static|abstract|final|sealed|non-sealed|strictfp) +)*'
                  r'(?:class|interface|enum|record|@interface) +\w+', re.M)


def code(text):
    """Returns the lines of code."""
    def replaced(match):
        token = match[0]
        return "\n" * token.count("\n") if token[0] == "/" else token
    return [line for line in TOKEN.sub(replaced, text).split("\n") if line.strip()]


def main():
    packages = "--packages" in sys.argv
    names = subprocess.run(["git", "ls-files", "*.java"], capture_output=True, text=True, check=True).stdout.split()
    lines, files, types, small, large = Counter(), Counter(), Counter(), Counter(), []
    for name in names:
        module, found, path = name.partition("/main/java/")
        if not found or name.startswith("tools/"):
            continue
        with open(name, encoding="utf-8") as file:
            kept = code(file.read())
        declared = len(TYPE.findall("\n".join(kept)))
        package = path.rpartition("/")[0].removeprefix("io/github/afterimage").strip("/").replace("/", ".") or "(root)"
        for key in ["all", module] + ([module + " " + package] if packages else []):
            lines[key] += len(kept)
            files[key] += 1
            types[key] += declared
            small[key] += declared > 0 and len(kept) <= 25
        if len(kept) > 400:
            large.append((len(kept), name))
    print(f"{'lines':>7} {'files':>5} {'types':>5} {'small':>5}")
    for key in sorted(lines):
        print(f"{lines[key]:7} {files[key]:5} {types[key]:5} {small[key]:5}  {key}")
    print(f"{len(large)} files above 400 lines")
    for count, name in sorted(large, reverse=True):
        print(f"{count:7}  {name}")


main()

#!/usr/bin/env python3
"""Each header under src compiles alone: whoever includes it needs to know nothing else.

A header that its own source includes first has been shown to by the build; the others are compiled here.
"""

import argparse
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tree import SRC, conclude, includes, key_of, name_of, sources

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--compiler", default="c++")
arguments.add_argument("--build", type=Path, required=True, help="where to note which headers were well")
options = arguments.parse_args()

packages = ["sndfile", "ogg", "libmpg123", "soxr", "libebur128", "libsodium", "fluidsynth", "libzstd", "libzip", "lilv-0"]
found = subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True, text=True)
command = [options.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror",
           f"-I{SRC}", "-isystem", "/usr/share/dpf/distrho/src", *found.stdout.split()]
well = options.build / "well-alone"
well.mkdir(exist_ok=True)


def opening_fault(header):
    """A header opens with a sentence on what it is, then #pragma once, once."""
    text = header.read_text(encoding="utf-8")
    if not text.startswith("// "):
        return f"{name_of(header)}:1: a header opens with a sentence: what it is, whose thread, what it promises"
    if len(re.findall(r"^#pragma once$", text, re.MULTILINE)) != 1:
        return f"{name_of(header)}:1: #pragma once is missing"
    return None


def shown_by_the_build(header):
    source = header.with_suffix(".cpp")
    first = next(includes(source), None) if source.is_file() else None
    return first is not None and SRC / first[2] == header


def compile_fault(header):
    stamp = well / key_of(header, " ".join(command))
    if stamp.exists():
        return None
    result = subprocess.run([*command, "-include", str(header), "-x", "c++", os.devnull], capture_output=True, text=True)
    if result.returncode:
        return f"{name_of(header)} does not compile alone:\n{result.stderr.rstrip()}"
    stamp.touch()
    return None


headers = sources(".hpp", under=("src",))
with ThreadPoolExecutor(os.cpu_count()) as pool:
    left = [header for header in headers if not shown_by_the_build(header)]
    faults = [fault for fault in [*map(opening_fault, headers), *pool.map(compile_fault, left)] if fault]
conclude("check_headers", faults, f"{len(headers)} headers")

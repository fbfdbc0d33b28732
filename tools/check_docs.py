#!/usr/bin/env python3
"""The examples in README.md and docs/ are run, and print what the page says they print.

A block opened by ```console holds commands (`$ …`, continued by a final \\) and below each its whole output. `…` stands for
any text within a line, and a line of its own for any number of lines; speeds (27x) may differ. Commands are expected to succeed, and their standard error is
left out, unless the block is opened by ```console exit=N: there the last one ends with status N, and its message counts. The blocks of one page run one after another in one directory,
with firn in the PATH and the project's examples/ beside them.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tree import ROOT, conclude, name_of


@dataclass
class Example:
    line: int
    command: str
    status: int = 0
    output: list = field(default_factory=list)


def examples_of(page):
    """The examples of a page, in order."""
    found, block = [], None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if block is None:
            opening = re.fullmatch(r"```console(?: exit=(\d+))?", line.strip())
            if opening:
                block, status, continued = [], int(opening[1] or 0), False
        elif line.strip() == "```":
            if block:
                block[-1].status = status
            found += block
            block = None
        elif continued:
            block[-1].command += "\n" + line
            continued = line.endswith("\\")
        elif line.startswith("$ "):
            block.append(Example(number, line[2:]))
            continued = line.endswith("\\")
        elif block:
            block[-1].output.append(line.rstrip())
    return found


def without_speeds(line):
    return re.sub(r" +Speed", " Speed", re.sub(r" +[\d.,]+x(?= |$)", " 1x", line))


def pattern_of(expected):
    """The regular expression that the whole output must match."""
    parts = []
    for line in expected:
        if line.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(".*?".join(re.escape(piece) for piece in without_speeds(line).split("…")) + r"[ \t]*\n")
    return re.compile("".join(parts))


def faults_of(page, firn_folder):
    found = examples_of(page)
    faults = []
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(ROOT / "examples", Path(scratch) / "examples")
        environment = {**os.environ, "PATH": f"{firn_folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "COLUMNS": "100",
                       "HOME": scratch, "NO_COLOR": "1"}
        for example in found:
            run = subprocess.run(["bash", "-c", example.command], cwd=scratch, env=environment, text=True, timeout=300,
                                 stdin=subprocess.DEVNULL, capture_output=True)
            where = f"{name_of(page)}:{example.line}"
            printed = run.stdout + run.stderr if run.returncode else run.stdout
            shown = "".join(line.rstrip() + "\n" for line in printed.splitlines())
            if run.returncode != example.status:
                faults.append(f"{where}: `{example.command}` ended with status {run.returncode}:\n{shown}")
                break
            while example.output and not example.output[-1]:
                example.output.pop()
            if not pattern_of(example.output).fullmatch("".join(without_speeds(line) + "\n" for line in shown.splitlines())):
                expected = "\n".join(example.output)
                faults.append(f"{where}: `{example.command}` printed\n{shown}--- where the page says\n{expected}\n---")
    return len(found), faults


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--firn", required=True, help="the program")
firn = Path(arguments.parse_args().firn)
if not firn.exists():
    sys.exit(f"check_docs: {firn} is not built")
total, all_faults = 0, []
for page_path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
    if page_path.exists():
        count, faults = faults_of(page_path, firn.resolve().parent)
        total += count
        all_faults += faults
conclude("check_docs", all_faults, f"{total} examples")

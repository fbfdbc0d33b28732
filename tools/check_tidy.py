#!/usr/bin/env python3
"""clang-tidy 14 finds nothing in our sources (.clang-tidy lists what it looks for).

A part of `make test-deep`, with the static analyzer. A source that was well is not read again until it, a header of ours behind it, or the
list of checks changes.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tree import ROOT, conclude, includes, key_of

# The analyzer's view of what the libraries' containers own is too poor for two of these; and what processes share is laid out by cache lines.
CHECKS = ("clang-analyzer-*,-clang-analyzer-cplusplus.NewDeleteLeaks,-clang-analyzer-security.FloatLoopCounter,"
          "-clang-analyzer-optin.performance.Padding")


def find_clang_tidy():
    for name in ("clang-tidy-14", "clang-tidy"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if re.search(r"version 14\.", version):
                return name
    return None


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--build", type=Path, required=True, help="where compile_commands.json is")
options = arguments.parse_args()

program = find_clang_tidy()
if not program:
    sys.exit("check_tidy: no clang-tidy 14 here (tools/setup.sh deep installs it)")

commands = json.loads((options.build / "compile_commands.json").read_text())


def ours(entry):
    """The sources of ours that a translation unit is made of: a unity file includes several."""
    file = Path(entry["file"])
    files = [Path(name) for _, _, name in includes(file)] if file.match("Unity/*.cxx") else [file]
    return [each for each in files if ROOT in each.parents and options.build.resolve() not in each.parents]


units = {Path(entry["file"]): ours(entry) for entry in commands if Path(entry["file"]).exists()}
units = {unit: files for unit, files in units.items() if files}
salt = CHECKS + (ROOT / ".clang-tidy").read_text()
well = options.build / "well-tidied"
well.mkdir(exist_ok=True)


def fault_of(unit):
    stamp = well / hashlib.sha256("".join(key_of(file, salt) for file in units[unit]).encode()).hexdigest()
    if stamp.exists():
        return None
    run = subprocess.run([program, "-p", str(options.build), "--quiet", f"--checks={CHECKS}",
                          "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-shadow", str(unit)],
                         capture_output=True, text=True)
    if run.returncode == 0:
        stamp.touch()
        return None
    return run.stdout.strip() or run.stderr.strip() or f"{unit}: {program} ended with status {run.returncode}"


with ThreadPoolExecutor(os.cpu_count()) as pool:
    faults = [fault for fault in pool.map(fault_of, units) if fault]
conclude("check_tidy", faults, f"{sum(map(len, units.values()))} files")

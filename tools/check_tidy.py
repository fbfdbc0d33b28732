#!/usr/bin/env python3
"""clang-tidy 14 finds nothing in our sources (.clang-tidy lists what it looks for).

With --fast, as in `make test`: the product's sources, for the faults that cost a user most. Without: tests and benches too, all
checks, and the static analyzer. A source that was well is not read again until it, a header of ours behind it, or the list
of checks changes.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tree import ROOT, SRC, conclude, key_of, name_of

SKIPPED = 77  # as tools/CMakeLists.txt tells ctest
FAST = "-*,bugprone-use-after-move,bugprone-unused-return-value,bugprone-virtual-near-miss,readability-identifier-naming"
# The analyzer's view of what the libraries' containers own is too poor for these two.
DEEP = "clang-analyzer-*,-clang-analyzer-cplusplus.NewDeleteLeaks,-clang-analyzer-security.FloatLoopCounter"


def find_clang_tidy():
    for name in ("clang-tidy-14", "clang-tidy"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if re.search(r"version 14\.", version):
                return name
    return None


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--build", type=Path, required=True, help="where compile_commands.json is")
arguments.add_argument("--fast", action="store_true")
options = arguments.parse_args()

program = find_clang_tidy()
if not program:
    print("check_tidy: no clang-tidy 14 here (tools/setup.sh test installs it)")
    sys.exit(SKIPPED)

commands = json.loads((options.build / "compile_commands.json").read_text())
files = sorted({Path(entry["file"]) for entry in commands if ROOT in Path(entry["file"]).parents})
files = [file for file in files if file.exists() and options.build.resolve() not in file.parents]
if options.fast:
    files = [file for file in files if SRC in file.parents and not file.name.endswith("_test.cpp")]
checks = FAST if options.fast else DEEP
salt = checks + (ROOT / ".clang-tidy").read_text()
well = options.build / "well-tidied"
well.mkdir(exist_ok=True)


def fault_of(file):
    stamp = well / key_of(file, salt)
    if stamp.exists():
        return None
    run = subprocess.run([program, "-p", str(options.build), "--quiet", f"--checks={checks}",
                          "--extra-arg=-Wno-unknown-warning-option", str(file)],
                         capture_output=True, text=True)
    if run.returncode == 0:
        stamp.touch()
        return None
    return run.stdout.strip() or run.stderr.strip() or f"{name_of(file)}: {program} ended with status {run.returncode}"


with ThreadPoolExecutor(os.cpu_count()) as pool:
    faults = [fault for fault in pool.map(fault_of, files) if fault]
conclude("check_tidy", faults, f"{len(files)} files")

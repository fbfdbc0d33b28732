#!/usr/bin/env python3
"""Every source is as clang-format 14 leaves it (`make format`)."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tree import conclude, name_of, sources

SKIPPED = 77  # as tools/CMakeLists.txt tells ctest


def find_clang_format():
    """clang-format of version 14, for each version formats a little differently; None if there is none."""
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if re.search(r"version 14\.", version):
                return name
    return None


program = find_clang_format()
if not program:
    print("check_format: no clang-format 14 here (tools/setup.sh test installs it)")
    sys.exit(SKIPPED)
files = sources(".cpp", ".hpp")
result = subprocess.run([program, "--dry-run", *map(str, files)], capture_output=True, text=True)
places = Counter(line.split(":")[0] for line in result.stderr.splitlines() if "[-Wclang-format-violations]" in line)
faults = [f"{name_of(Path(path))}: {count} places not as `make format` leaves them" for path, count in sorted(places.items())]
if result.returncode:
    faults.append(f"{program} ended with status {result.returncode}:\n{result.stderr[-2000:]}")
conclude("check_format", faults, f"{len(files)} files")

#!/usr/bin/env python3
"""No source is too long to be read in one go: over 800 lines fails, over 500 is named."""

from tree import conclude, name_of, sources

NAMED, FAILING = 500, 800

faults = []
files = sources(".cpp", ".hpp", ".py", ".dsp", under=("src", "tests", "bench", "tools"))
for path in files:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > FAILING:
        faults.append(f"{name_of(path)}: {lines} lines (at most {FAILING}): is it still one idea?")
    elif lines > NAMED:
        print(f"{name_of(path)}: {lines} lines")
conclude("check_size", faults, f"{len(files)} files")

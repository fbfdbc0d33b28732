#!/usr/bin/env python3
"""Every #include of a room goes down a floor or stays in its room: never up, never sideways (ARCHITECTURE.md)."""

from tree import HEIGHT, SRC, conclude, includes, name_of, sources

# Quoted, and of no room: headers that the build writes, and what tests share (tests/support).
GENERATED = {"dsp"}
SHARED_BY_TESTS = {"support"}

faults = []
files = sources(".cpp", ".hpp", under=("src",))
for path in files:
    room = path.relative_to(SRC).parts[0]
    if room not in HEIGHT:
        faults.append(f"{name_of(path)}: '{room}' is a room on no floor (tools/tree.py)")
        continue
    for number, quoted, name in includes(path):
        other = name.split("/")[0]
        where = f"{name_of(path)}:{number}"
        if not quoted:
            if other in HEIGHT and (SRC / name).exists():
                faults.append(f'{where}: write "{name}" in quotes: it is ours')
        elif other in GENERATED or (other in SHARED_BY_TESTS and path.name.endswith("_test.cpp")):
            continue
        elif other not in HEIGHT:
            faults.append(f'{where}: "{name}" is of no room; write "room/file.hpp", or <…> for what is not ours')
        elif other != room and HEIGHT[other] >= HEIGHT[room]:
            way = "up" if HEIGHT[other] > HEIGHT[room] else "sideways"
            faults.append(f'{where}: "{name}" goes {way} from {room}')
conclude("check_floors", faults, f"{len(files)} files")

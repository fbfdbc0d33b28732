"""What the checks share: where the sources are, which rooms there are, on which floors, and who includes whom."""

import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# An include goes down a floor or stays in its room. Three floors have a stair: base < time < audio, midi; the
# document stands on the devices that it holds the settings of; and convert stands on the drivers that it hands its requests to.
FLOORS = [
    ["base"],
    ["time"],
    ["audio", "midi"],
    ["store", "devices"],
    ["document"],
    ["edit", "plan"],
    ["engine"],
    ["render", "live"],
    ["convert"],
    ["plugins", "hardware", "files"],
    ["session"],
    ["cli", "desktop"],
]
HEIGHT = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def sources(*suffixes, under=("src", "tests", "bench")):
    """Every source file with one of the suffixes, sorted."""
    found = (path for folder in under for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in found if path.suffix in suffixes and path.is_file())


def includes(path):
    """(line number, quoted?, name) of each #include in a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def behind(path, seen):
    """Adds a source and every header of ours that it includes, however far, to `seen`."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for _, quoted, name in includes(path):
        if quoted:
            behind(SRC / name, seen)
            behind(path.parent / name, seen)


def key_of(path, salt):
    """A digest that changes when the source, a header of ours behind it, or the salt does."""
    seen = set()
    behind(path, seen)
    digest = hashlib.sha256(salt.encode())
    for file in sorted(seen):
        digest.update(name_of(file).encode() + file.read_bytes())
    return digest.hexdigest()


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def conclude(check, faults, what):
    """Prints the faults and exits with 1, or says what was looked at and exits with 0."""
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(f"{check}: {len(faults)} at fault")
    print(f"{check}: {what}: well")
    sys.exit(0)

#!/usr/bin/env python3
"""What a room includes it declares (USES, LIBRARIES in its CMakeLists.txt), and what it declares stands below it."""

import re

from tree import HEIGHT, SRC, conclude, includes, name_of, sources

# Which target a header from outside belongs to. fmt and tl::expected come with base.
LIBRARIES = [
    (r"sndfile\.h$", "PkgConfig::sndfile"),
    (r"ogg/", "PkgConfig::ogg"),
    (r"mpg123\.h$", "PkgConfig::libmpg123"),
    (r"soxr\.h$", "PkgConfig::soxr"),
    (r"ebur128\.h$", "PkgConfig::libebur128"),
    (r"sodium(\.h|/)", "PkgConfig::libsodium"),
    (r"fluidsynth(\.h|/)", "PkgConfig::fluidsynth"),
    (r"zstd\.h$", "PkgConfig::libzstd"),
    (r"zip\.h$", "PkgConfig::libzip"),
    (r"nlohmann/", "nlohmann_json::nlohmann_json"),
    (r"CLI/", "CLI11::CLI11"),
]
ROOM = re.compile(r"firn_room\(\s*(\w+)([^)]*)\)")


def declared(cmake):
    """{'USES': […], 'LIBRARIES': […]} of a room's CMakeLists.txt."""
    text = re.sub(r"#.*", "", cmake.read_text(encoding="utf-8"))
    lists = {"USES": [], "LIBRARIES": []}
    current = None
    for word in (ROOM.search(text) or ["", "", ""])[2].split():
        if word in lists:
            current = lists[word]
        elif current is not None:
            current.append(word)
    # What is linked beside the room's own line, as a program's main does.
    lists["LIBRARIES"] += re.findall(r"\b(?:PkgConfig::\w+|nlohmann_json::\w+|CLI11::CLI11)", text)
    return lists


faults = []
rooms = sorted(path.parent for path in SRC.glob("*/CMakeLists.txt"))
for folder in rooms:
    room = folder.name
    lists = declared(folder / "CMakeLists.txt")
    where = name_of(folder / "CMakeLists.txt")
    for used in lists["USES"]:
        if used not in HEIGHT:
            faults.append(f"{where}: {room} USES '{used}', which is no room")
        elif HEIGHT[used] >= HEIGHT[room]:
            faults.append(f"{where}: {room} USES {used}, which does not stand below it")
    idle = set(lists["USES"])
    for path in sources(".cpp", ".hpp", under=(f"src/{room}",)):
        for number, quoted, name in includes(path):
            other = name.split("/")[0]
            at = f"{name_of(path)}:{number}"
            if quoted and other in HEIGHT and other != room:
                idle.discard(other)
                if other not in lists["USES"]:
                    faults.append(f'{at}: "{name}": {where} does not say USES {other}')
            for pattern, target in LIBRARIES:
                if not quoted and re.match(pattern, name) and target not in lists["LIBRARIES"]:
                    faults.append(f"{at}: <{name}>: {where} does not say LIBRARIES {target}")
    if idle:
        faults.append(f"{where}: {room} USES {', '.join(sorted(idle))}, and includes nothing of it")
conclude("check_links", faults, f"{len(rooms)} rooms")

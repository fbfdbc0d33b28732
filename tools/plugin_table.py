#!/usr/bin/env python3
"""Tries every plug-in of Debian 12's packages with the program itself, and writes docs/plugins-of-debian.md (`make plugin-table`).

Each plug-in gets a project of its own, with three tracks: it as it starts; with parameters moved; and so again, with the state that it
then gave beside them. They are frozen and verified. What a plug-in can't do is a row with the reason, and stops nothing. A run that
was interrupted goes on where it was.
"""

import argparse
import json
import math
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import wave
from array import array
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from plugin_host import HostError, PluginHost

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "plugins-of-debian.md"
PACKAGES = ["zam-plugins", "mda-lv2", "x42-plugins", "dragonfly-reverb-lv2", "calf-plugins", "zynaddsubfx-lv2", "amsynth", "setbfree",
            "synthv1-lv2", "padthv1-lv2", "samplv1-lv2", "drumkv1-lv2", "drumgizmo", "avldrums.lv2", "swh-lv2", "guitarix-lv2",
            "lsp-plugins-lv2"]
FORMATS = {"lv2": "LV2", "vst3": "VST3", "clap": "CLAP"}
RATE, GRID = 48000, 256
SECONDS = 2  # of what a plug-in hears
MOVED = 8  # parameters, at most
PATIENCE = 180  # seconds for one command
NOTES = [f"{key},{1 + beat // 4}.{1 + beat % 4}.1,0.2.0,{100 - 10 * beat}"
         for beat, keys in enumerate([(36, 60), (38, 64), (42, 67), (46, 72)]) for key in keys]


# ---- What a plug-in hears ----


def material(seed):
    """Bursts of noise that die away, over a tone; not the same on both sides."""
    draw = random.Random(seed)
    samples = array("h")
    for frame in range(SECONDS * RATE):
        level = 0.4 * math.exp(-(frame % 24000) / 4000)
        tone = 0.1 * math.sin(2 * math.pi * 220 * frame / RATE)
        samples.extend(int(32767 * (tone + level * draw.uniform(-1, 1))) for _ in range(2))
    return samples


def write_wave(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def samples_of(path):
    """Of a WAV of 32-bit floats, both sides in turn."""
    data = path.read_bytes()
    at = 12
    while data[at:at + 4] != b"data":
        at += 8 + struct.unpack_from("<I", data, at + 4)[0]
    size = min(struct.unpack_from("<I", data, at + 4)[0], len(data) - at - 8)
    return array("f", data[at + 8:at + 8 + size])


def difference(one, other):
    """The biggest of two sounds, in dBFS, the shorter one going on in silence; None if they are equal bit for bit."""
    if one == other:
        return None
    short, long = sorted((one, other), key=len)
    most = max(map(abs, long[len(short):]), default=0.0)
    most = max([most, *(abs(a - b) for a, b in zip(short, long))])
    return 20 * math.log10(most) if most > 0 else None


# ---- The program ----


class Refusal(Exception):
    """What the program said, as one line."""


class Firn:
    """The program, with the plug-ins of these formats, and a cache of its own."""

    def __init__(self, program, folder):
        self.program = program.resolve()
        self.host = self.program.parent / "firn-plugin-host"
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "LADSPA_PATH": "/nowhere"}
        self.environment.pop("DISPLAY", None)

    def run(self, *words, **options):
        return self.call(*words, **options)[0]

    def call(self, *words, well=(0,), patience=PATIENCE):
        """What it prints, and what it remarks."""
        command = subprocess.Popen([str(word) for word in (self.program, *words)], env=self.environment, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        try:
            out, said = command.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(command.pid, signal.SIGKILL)
            command.communicate()
            raise Refusal(f"`firn {words[0]}` took over {patience // 60} minutes") from None
        if command.returncode not in well:
            raise Refusal(" ".join(re.sub(r"^firn: ", "", said.strip()).split()) or f"status {command.returncode}")
        return out, said

    def json(self, *words, **options):
        return json.loads(self.run(*words, "--json", **options))


# ---- One plug-in ----


@dataclass
class Row:
    """What became of one plug-in; None: it did not come to that."""
    package: str
    title: str
    format: str
    kind: str = ""
    loads: bool = False
    sounds: bool | None = None
    repeats: bool | None = None
    keeps: bool | None = None
    latency: int | None = None
    remark: str = ""


@dataclass
class Formats:
    """One plug-in in several formats, by format: how far it is from LV2's, and whether it hears its side-chain."""
    title: str
    apart: dict
    keyed: dict
    lost: list  # the parameters that not all of them have


def why(message):
    """What a plug-in did, of a message that names it and its tracks."""
    told = re.search(r"\bfailed: (it .*?)\.(?: |$)", message)
    return told[1] if told else message


def moved_as(track):
    return "" if track == "Start" else "with parameters moved, "


def is_movable(parameter):
    ends = [parameter[name] for name in ("minimum", "maximum", "default")]
    return parameter["automatable"] and all(type(end) in (int, float) for end in ends) and ends[0] < ends[1]


def moved(plugin):
    """NAME=VALUE of some parameters, a fifth of their range from where they start."""
    movable = [parameter for parameter in plugin["parameters"] if is_movable(parameter)]
    words = []
    for parameter in movable[::max(1, len(movable) // MOVED)][:MOVED]:
        low, high, start = (parameter[name] for name in ("minimum", "maximum", "default"))
        value = start + (high - low) / (5 if start < (low + high) / 2 else -5)
        if parameter["scale"] == "whole":
            value = round(value)
        words.append(f"{parameter['name']}={value:.6g}")
    return words


class Trials:
    def __init__(self, firn, folder):
        self.firn, self.folder = firn, folder
        self.templates = {kind: self.template(kind) for kind in ("audio effect", "instrument", "midi effect")}

    def template(self, kind):
        """A project with one track, "Start", that lacks no more than the plug-in."""
        project = self.folder / "templates" / kind.replace(" ", "-")
        self.firn.run("new", "-o", project, "--rate", RATE)
        if kind == "audio effect":
            sound = self.folder / "Start.wav"
            write_wave(sound, material(1))
            self.firn.run("import", project, sound)
        else:
            self.firn.run("track", "add", project, "--midi", "Start")
            self.firn.run("clip", "add", project, "Start", *NOTES)
        if kind == "midi effect":
            self.firn.run("device", "add", project, "Start", "synth")
        self.firn.run("project", "set", project, "tail-limit=2s")
        return project

    def project(self, kind, name):
        return Path(shutil.copytree(self.templates[kind], self.folder / "projects" / name))

    def state_of(self, plugin, project, track):
        """What the plug-in gives to be kept when it is set as on a track, and its latency."""
        (shown,) = self.firn.json("show", project, "--track", track)["tracks"]
        device = next(device for device in shown["devices"] if device["type"] == plugin["name"])
        choices = {parameter["name"]: parameter.get("choices", []) for parameter in plugin["parameters"]}
        values = []
        for parameter in device["parameters"]:
            value, known = parameter["value"], choices[parameter["name"]]
            values.append(known.index(value) if value in known else float(value))
        state = (project / device["files"]["state"]["path"]).read_bytes() if "state" in device["files"] else b""
        with PluginHost(self.firn.host) as host:
            answer, _ = host.ask("load", state, format=plugin["format"], file=plugin["file"], id=plugin["id"], rate=RATE, grid=GRID,
                                 side_chain=False, values=values)
            return host.ask("state")[1], answer["latency"]

    def try_one(self, plugin, row, project):
        firn = self.firn
        firn.run("device", "add", project, "Start", plugin["name"])
        row.loads = True
        firn.run("duplicate", project, "Start", "--name", "Moved")
        if words := moved(plugin):
            firn.run("device", "set", project, "Moved", 1, *words)
        firn.run("duplicate", project, "Moved", "--name", "Restored")
        try:
            state, row.latency = self.state_of(plugin, project, "Moved")
            kept = project / "kept.state"
            kept.write_bytes(state)
            firn.run("device", "set", project, "Restored", 1, f"state={kept}")
        except HostError as error:
            row.remark = f"its state: {error}"
        frozen = firn.json("freeze", project, "--all", "--threads", 1, well=(0, 13))
        prints = {track["name"]: project / track["print"]["path"] for track in frozen["tracks"] if track["print"]}
        row.sounds = bool(prints)
        if frozen["faults"]:  # some of the tracks
            fault = frozen["faults"][0]
            raise Refusal(moved_as(fault["name"]) + why(fault["message"]))
        if not prints:
            row.remark = row.remark or "silent"
            return
        verified = firn.json("verify", project, "--whole", "--threads", 1, well=(0, 1))["tracks"]
        row.repeats = all(track["identical"] for track in verified)
        if not row.repeats:
            first = next(track for track in verified if not track["identical"])
            row.remark = f"{moved_as(first['name'])}another render differs by up to {first['residual_dbfs']:.0f} dBFS"
        elif not row.remark:
            apart = difference(*(samples_of(prints[name]) if name in prints else array("f") for name in ("Moved", "Restored")))
            row.keeps = apart is None
            if not row.keeps:
                row.remark = f"with its state restored it differs by up to {apart:.0f} dBFS"

    def row_of(self, package, plugin):
        row = Row(package, plugin["title"], plugin["format"], plugin["class"])
        project = self.project(plugin["class"], re.sub(r"\W+", "-", plugin["name"]))
        try:
            self.try_one(plugin, row, project)
        except Refusal as refusal:
            row.remark = why(str(refusal))
        except Exception as error:  # a row too, for whoever runs this to look at
            row.remark = f"not understood: {type(error).__name__}: {error}"
        shutil.rmtree(project)
        return row

    # ---- The same plug-in in several formats ----

    def compare(self, title, by_format):
        """A plug-in with equal parameters in all formats that it has, those of LV2 first."""
        project = self.project("audio effect", f"formats-{title}")
        first = by_format["lv2"]
        self.firn.run("device", "add", project, "Start", first["name"])
        lost = self.parameters_lost(project, by_format)
        if words := [word for word in moved(first) if word.split("=")[0] not in lost]:
            self.firn.run("device", "set", project, "Start", 1, *words)
        for format in by_format:
            self.copy(project, format, format)
        sounds = self.sounds_of(project)
        apart = {format: difference(sounds["lv2"], sounds[format]) for format in by_format}
        keyed = self.hear_side_chain(project, by_format) if first["side_chain"] else {}
        shutil.rmtree(project)
        return Formats(title, apart, keyed, sorted(lost))

    def parameters_lost(self, project, by_format):
        """Those of LV2 that not all formats have: the program says so."""
        lost = set()
        for format in by_format:
            _, said = self.firn.call("device", "format", project, "Start", 1, format)
            if told := re.search(r"has no (.*?): what was set", " ".join(said.split())):
                lost.update(told[1].split(", "))
            self.firn.run("device", "format", project, "Start", 1, "lv2")
        return lost

    def copy(self, project, format, name):
        self.firn.run("duplicate", project, "Start", "--name", name)
        self.firn.run("device", "format", project, name, 1, format)

    def sounds_of(self, project):
        frozen = self.firn.json("freeze", project, "--all", "--threads", 1)
        return {track["name"]: samples_of(project / track["print"]["path"]) for track in frozen["tracks"]}

    def hear_side_chain(self, project, by_format):
        """By format, whether a sound at the side-chain changes the plug-in's."""
        self.firn.run("unfreeze", project, "--all")
        key = self.folder / "Key.wav"
        write_wave(key, material(2))
        self.firn.run("import", project, key)
        switches = [parameter["name"] for parameter in by_format["lv2"]["parameters"]
                    if "side" in parameter["name"] and isinstance(parameter["default"], bool)]
        for switch in switches:
            self.firn.run("device", "set", project, "Start", 1, f"{switch}=on")
        for format, plugin in by_format.items():
            self.copy(project, format, f"{format} alone")
            self.copy(project, format, f"{format} keyed")
            if plugin["side_chain"]:
                self.firn.run("device", "set", project, f"{format} keyed", 1, "side-chain=Key:post-fx")
        sounds = self.sounds_of(project)
        return {format: sounds[f"{format} alone"] != sounds[f"{format} keyed"] for format in by_format}


# ---- The packages ----


def output(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout


class Packages:
    def __init__(self):
        self.folders = {}  # of what holds plug-ins, and the package of each
        for package in PACKAGES:
            for path in output("dpkg", "-L", package).splitlines():
                if re.fullmatch(r"/usr/lib/(lv2|vst3|clap)/[^/]+", path):
                    self.folders[path] = package
        self.manifests = {package: "" for package in PACKAGES}
        for folder, package in self.folders.items():
            manifest = Path(folder) / "manifest.ttl"
            if manifest.exists():
                self.manifests[package] += manifest.read_text(encoding="utf-8", errors="replace")

    def package_of(self, file):
        """Of a file or bundle, or of an LV2 plug-in's URI; None if it is of no package here."""
        folder = re.match(r"(/usr/lib/\w+/[^/]+)", file)
        if folder:
            return self.folders.get(folder[1])
        return next((package for package, text in self.manifests.items() if f"<{file}>" in text), None)

    @staticmethod
    def version(package):
        return output("dpkg-query", "-W", "-f=${Version}", package)


# ---- The page ----


def word(answer):
    return "" if answer is None else "yes" if answer else "**no**"


def counted(rows, name):
    return sum(bool(getattr(row, name)) for row in rows)


def decibels(value):
    return "equal" if value is None else f"{value:.0f} dBFS"


def table(heads, aligns, rows):
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join(aligns)} |"
    for cells in rows:
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def page(rows, compared, versions):
    yield "# The plug-ins of Debian 12, tried"
    yield ""
    yield "Written by `make plugin-table` (`tools/plugin_table.py`), which installs these packages and drives the program: about an hour on two cores."
    yield ""
    yield f"""Every plug-in gets a project of its own. It hears {SECONDS} seconds of noise and tone, or some notes, on three tracks: as it starts; with up to {MOVED}
parameters moved by a fifth of their range; and so again, with the state that it gave when set like that. All are frozen at a grid of {GRID} frames.

- **loads**: it can be added to a track.
- **sounds**: a print of it is not silent.
- **repeats**: `firn verify --whole` finds each print bit-identical, in new processes.
- **state**: restored from its state in a new process, it sounds, bit for bit, as it did before.
- **latency**: its own, in frames, as it reports it; compensated.
"""
    heads = ["package", "version", "plug-ins", "load", "sound", "repeat", "keep their state"]
    aligns = ["---", "---"] + ["---:"] * 5

    def line(name, version, some):
        return [name, version, len(some), *(counted(some, what) for what in ("loads", "sounds", "repeats", "keeps"))]

    by_package = {package: [row for row in rows if row.package == package] for package in PACKAGES}
    yield from table(heads, aligns, [*(line(f"[{package}](#{package.replace('.', '')})", versions[package], by_package[package]) for package in PACKAGES),
                                     line("all", "", rows)])
    yield ""
    for package in PACKAGES:
        yield f"## {package}"
        yield ""
        if not by_package[package]:
            yield "It holds no plug-in in a format that Firn hosts, only DSSI and VST 2."
        else:
            yield from table(["plug-in", "format", "kind", "loads", "sounds", "repeats", "state", "latency", ""],
                             ["---"] * 7 + ["---:", "---"],
                             [[row.title, FORMATS[row.format], row.kind, word(row.loads), word(row.sounds), word(row.repeats), word(row.keeps),
                               "" if row.latency is None else row.latency, row.remark] for row in by_package[package]])
        yield ""
    yield from formats_page(compared)


def formats_page(compared):
    yield "## The same plug-in in three formats"
    yield ""
    yield """zam-plugins come as LV2, VST3 and CLAP. With equal parameters, moved off where they start and carried over by `firn device format`: the biggest
difference of a sample from LV2's, and whether a sound at the side-chain input changes theirs. VST3 has all values from 0 to 1, and what is brought there and back
in 32 bits is no longer quite the same value.
"""
    yield from table(["plug-in", "VST3", "CLAP", *(f"side-chain in {name}" for name in FORMATS.values()), ""],
                     ["---", "---:", "---:", "---", "---", "---", "---"],
                     [[one.title, decibels(one.apart["vst3"]), decibels(one.apart["clap"]), *(word(one.keyed.get(format)) for format in FORMATS),
                       f"not all have {', '.join(one.lost)}" if one.lost else ""] for one in compared])


# ---- The run ----


class Journal:
    """The rows so far, a line each."""

    def __init__(self, path):
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.rows = {key: Row(**row) for key, row in map(json.loads, lines)}

    def add(self, key, row):
        self.rows[key] = row
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, asdict(row)]) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--firn", type=Path, default=ROOT / "build/release/src/cli/firn")
    arguments.add_argument("--jobs", type=int, default=2, help="plug-ins at a time")
    arguments.add_argument("--folder", type=Path, default=ROOT / "build/plugin-table", help="for what is made on the way")
    arguments.add_argument("--only", default="", help="a regular expression that a plug-in's name fits; the page is printed, not written")
    options = arguments.parse_args()
    folder = options.folder.resolve()
    for made in ("templates", "projects"):
        shutil.rmtree(folder / made, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    firn = Firn(options.firn, folder)
    packages = Packages()
    print("Scanning", file=sys.stderr, flush=True)
    listing = firn.json("plugins", patience=3600)
    plugins = [(packages.package_of(plugin["file"]), plugin) for plugin in listing["plugins"]]
    plugins = [(package, plugin) for package, plugin in plugins if package and re.search(options.only, plugin["name"])]
    trials = Trials(firn, folder)
    journal = Journal(folder / "rows.jsonl")
    for fault in listing["faults"]:
        name = fault.get("id", fault["file"])
        package = packages.package_of(fault["file"])
        if package and re.search(options.only, name):
            journal.rows[name] = Row(package, name, fault["format"], remark=fault["why"])
    waiting = [(package, plugin) for package, plugin in plugins if plugin["name"] not in journal.rows]
    with ThreadPoolExecutor(options.jobs) as pool:
        tried = [pool.submit(lambda one: (one[1], trials.row_of(*one)), one) for one in waiting]
        for done, (plugin, row) in enumerate((future.result() for future in as_completed(tried)), 1):
            journal.add(plugin["name"], row)
            answers = " ".join(f"{name} {word(getattr(row, name)) or '-'}," for name in ("loads", "sounds", "repeats", "keeps"))
            print(f"{done} of {len(waiting)}: {row.title} ({FORMATS[row.format]}) {answers} {row.remark}", file=sys.stderr, flush=True)
    by_title = {}
    for package, plugin in plugins:
        if package == "zam-plugins":
            by_title.setdefault(plugin["title"], {})[plugin["format"]] = plugin
    compared = []
    for title, by_format in sorted(by_title.items()):
        if set(by_format) == set(FORMATS):
            print(f"{title}, in its formats", file=sys.stderr, flush=True)
            compared.append(trials.compare(title, {format: by_format[format] for format in FORMATS}))
    rows = sorted(journal.rows.values(), key=lambda row: (row.package, row.title.lower(), row.format))
    lines = "\n".join(page(rows, compared, {package: packages.version(package) for package in PACKAGES})) + "\n"
    if options.only:
        print(lines)
    else:
        PAGE.write_text(lines, encoding="utf-8")
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()

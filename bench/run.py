#!/usr/bin/env python3
"""How fast Firn is, on this machine, beside FluidSynth (`make bench`): a Markdown table.

Both render the same song with the same SoundFont at 48 kHz, dry, to a 16-bit WAV file; the time is the whole program's, loading
included. Each is run `--rounds` times, taking turns, and the fastest counts. With --write the table goes into docs/bench.md.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from make_song import song

ROOT = Path(__file__).resolve().parent.parent
SOUNDFONTS = {"TimGM6mb": "/usr/share/sounds/sf2/TimGM6mb.sf2", "FluidR3": "/usr/share/sounds/sf2/FluidR3_GM.sf2"}
RATE = 48000
POLYPHONY = 128  # of a SoundFont device, where FluidSynth has 256 for all channels together and takes the rest from sounding notes
CHAIN = ["synth", "eq", "saturator", "compressor", "chorus", "delay", "reverb"]


@dataclass
class Run:
    seconds: float  # by the wall clock
    cpu: float  # seconds of all cores together: nearly the same on a machine that is busy otherwise
    megabytes: float  # at the peak


def measured(command):
    """One run of a program, from a disk that is at rest."""
    os.sync()
    start = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with status {child.returncode}:\n{complaint.decode()}")
    return Run(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def fastest(rounds, *commands):
    """The fastest run of each command, taking turns."""
    runs = [[measured(command) for command in commands] for _ in range(rounds)]
    return [min(column, key=lambda run: run.seconds) for column in zip(*runs)]


class Bench:
    def __init__(self, options, folder):
        self.firn, self.rounds, self.folder = options.firn.resolve(), options.rounds, folder

    def project(self, tracks, soundfont, seconds=180):
        midi = self.folder / f"{tracks}.mid"
        midi.write_bytes(song(tracks, seconds))
        project = Path(tempfile.mkdtemp(dir=self.folder))
        measured([self.firn, "new", midi, "-o", project, "--soundfont", SOUNDFONTS[soundfont], "--rate", RATE])
        return midi, project

    def export(self, project, *options):
        return [self.firn, "export", project, self.folder / "firn.wav", "--depth", "16", *options]

    def fluidsynth(self, midi, soundfont, *options):
        return ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-r", RATE, *options, "-F", self.folder / "fluidsynth.wav",
                SOUNDFONTS[soundfont], midi]

    def beside_fluidsynth(self):
        yield ("| 3 minutes, 16 channels, 20,000 notes | Firn | FluidSynth | with cpu-cores=2 | with every voice | Firn / FluidSynth "
               "| Firn / with every voice | in CPU time | Firn's peak |")
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        for soundfont, file in SOUNDFONTS.items():
            if not Path(file).exists():
                yield f"| {soundfont} | not installed | | | | | | | |"
                continue
            midi, project = self.project(16, soundfont)
            ours, theirs, on_two, every_voice = fastest(
                self.rounds, self.export(project), self.fluidsynth(midi, soundfont),
                self.fluidsynth(midi, soundfont, "-o", "synth.cpu-cores=2"),
                self.fluidsynth(midi, soundfont, "-o", f"synth.polyphony={16 * POLYPHONY}"))
            yield (f"| {soundfont} | {ours.seconds:.2f} s | {theirs.seconds:.2f} s | {on_two.seconds:.2f} s "
                   f"| {every_voice.seconds:.2f} s | **{ours.seconds / theirs.seconds:.2f}** "
                   f"| **{ours.seconds / every_voice.seconds:.2f}** | {ours.cpu / every_voice.cpu:.2f} | {ours.megabytes:.0f} MB |")

    def more_tracks(self, counts, seconds):
        yield f"| tracks ({seconds:g} s each, TimGM6mb) | whole | a track | peak | more for each track |"
        yield "| ---: | ---: | ---: | ---: | ---: |"
        before = None
        for count in counts:
            _, project = self.project(count, "TimGM6mb", seconds)
            (run,) = fastest(self.rounds if count < 1000 else 1, self.export(project))
            grown = "" if before is None else f"{(run.megabytes - before[1]) / (count - before[0]):.2f} MB"
            yield f"| {count:,} | {run.seconds:.1f} s | {run.seconds / count * 1000:.0f} ms | {run.megabytes:.0f} MB | {grown} |"
            before = (count, run.megabytes)

    def many_songs(self, count):
        """A batch of two jobs beside a loop of the shell."""
        midi = self.folder / "songs"
        midi.mkdir()
        for index in range(count):
            (midi / f"{index:03}.mid").write_bytes(song(2 + index % 3, 8 + index % 5))
        made = self.folder / "made"
        loop = ('mkdir "$3"; for song in "$2"/*.mid; do name=$(basename "$song" .mid); "$1" new "$song" -o "$3/$name" >/dev/null; '
                '"$1" freeze "$3/$name" --all --threads 1 >/dev/null; done')
        runs = []
        for _ in range(self.rounds):
            shutil.rmtree(made, ignore_errors=True)
            alone = measured(["sh", "-ec", loop, "sh", self.firn, midi, made])
            shutil.rmtree(made)
            batch = measured([self.firn, "batch", midi, "-o", made, "--each", "freeze --all", "--jobs", 2, "--journal",
                              self.folder / "journal", "--again"])
            runs.append((alone, batch))
        alone, batch = (min(column, key=lambda run: run.seconds) for column in zip(*runs))
        yield "| short songs, made and frozen | loop of the shell | `firn batch --jobs 2` | ratio | in CPU time |"
        yield "| ---: | ---: | ---: | ---: | ---: |"
        yield (f"| {count} | {alone.seconds:.2f} s | {batch.seconds:.2f} s | **{batch.seconds / alone.seconds:.2f}** "
               f"| {batch.cpu / alone.cpu:.2f} |")

    def copy_of(self, project):
        """A project to convert, as it was before anything was."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        return shutil.copytree(project, copy)

    def one_chain(self, seconds=300):
        """A track of built-in devices: one core beside two, and a change of its last notes beside all of it."""
        midi = self.folder / "chain.mid"
        midi.write_bytes(song(1, seconds))
        project = self.folder / "chain"
        self.do("new", midi, "-o", project, "--rate", RATE)
        self.do("device", "remove", project, 1, 1)
        for device in CHAIN:
            self.do("device", "add", project, 1, device)
        late = [note for note in self.notes(project) if 0.95 * 2 * seconds < note["beats"]]
        on_one, whole, again = [], [], []
        for _ in range(self.rounds):
            on_one.append(measured([self.firn, "freeze", self.copy_of(project), 1, "--threads", 1]))
            copy = self.copy_of(project)
            whole.append(measured([self.firn, "freeze", copy, 1, "--threads", 2]))
            for note in (late[0], late[len(late) // 2]):
                self.do("unfreeze", copy, 1)
                written = f"{note['key']},{note['at']},{note['length']},{note['velocity']}"
                self.do("note", "change", copy, 1, 1, written, f"velocity={note['velocity'] // 2}")
                again.append(measured([self.firn, "freeze", copy, 1, "--threads", 2]))
        first, middle = (min(again[start::2], key=lambda run: run.seconds) for start in (0, 1))
        on_one, whole = (min(runs, key=lambda run: run.seconds) for runs in (on_one, whole))
        yield "| five minutes of a synth and six effects, frozen | time | ratio |"
        yield "| --- | ---: | ---: |"
        yield f"| on one thread | {on_one.seconds:.2f} s | |"
        yield f"| on two | {whole.seconds:.2f} s | **{whole.seconds / on_one.seconds:.2f}** of one thread |"
        for name, run in (("first", first), ("middle", middle)):
            yield (f"| again, the {name} of the notes in the last 5 % changed | {run.seconds:.2f} s "
                   f"| **{run.seconds / whole.seconds:.3f}** of the whole |")

    def unchanged(self, lengths, tracks=100):
        """Projects of many tracks that are frozen once more: the same notes, slower and slower."""
        yield f"| {tracks} tracks, unfrozen and frozen again unchanged | frozen | again | ratio |"
        yield "| ---: | ---: | ---: | ---: |"
        for seconds in lengths:
            _, project = self.project(tracks, "TimGM6mb", lengths[0])
            self.do("tempo", "set", project, 120 * lengths[0] / seconds)
            freeze = [self.firn, "freeze", project, "--all"]
            whole = measured(freeze)
            again = []
            for _ in range(self.rounds):
                self.do("unfreeze", project, "--all")
                again.append(measured(freeze))
            again = min(again, key=lambda run: run.seconds)
            yield f"| {seconds:g} s | {whole.seconds:.1f} s | {again.seconds:.3f} s | **{100 * again.seconds / whole.seconds:.2f} %** |"

    def shared_sources(self, tracks=16, seconds=60):
        """Tracks that are ducked by one group, frozen in one command and in a command for each."""
        midi = self.folder / "shared.mid"
        midi.write_bytes(song(tracks, seconds))
        project = self.folder / "shared"
        self.do("new", midi, "-o", project, "--rate", RATE)
        self.do("track", "add", project, "--midi", "Kick")
        for device in CHAIN:
            self.do("device", "add", project, "Kick", device)
        self.do("clip", "duplicate", project, 1, 1)
        self.do("clip", "move", project, 1, 2, "--to", 1, "--track", "Kick")
        for index in range(tracks):
            self.do("device", "add", project, index + 1, "compressor", "side-chain=Kick:post-fx")
        names = [str(index + 1) for index in range(tracks)]
        together, one_by_one = [], []
        for _ in range(self.rounds):
            copy = self.copy_of(project)
            together.append(measured([self.firn, "freeze", copy, *names]))
            copy = self.copy_of(project)
            loop = 'firn=$1; project=$2; shift 2; for track; do "$firn" freeze "$project" "$track" >/dev/null; done'
            one_by_one.append(measured(["sh", "-ec", loop, "sh", self.firn, copy, *names]))
        together, one_by_one = (min(runs, key=lambda run: run.seconds) for runs in (together, one_by_one))
        yield f"| {tracks} tracks, each ducked by the same seven devices | {tracks} commands | one | ratio |"
        yield "| ---: | ---: | ---: | ---: |"
        yield (f"| {seconds} s | {one_by_one.seconds:.2f} s | {together.seconds:.2f} s "
               f"| **{together.seconds / one_by_one.seconds:.2f}** |")

    def playing(self, start=13, end=33):
        """The song of examples, played: what all its threads take of a core."""
        project = self.folder / "First Snow"
        subprocess.run([ROOT / "examples" / "first-snow.sh", project, self.firn], check=True, stdout=subprocess.DEVNULL)
        names = [track["name"] for track in self.shown(project)["tracks"] if track["kind"] in ("midi", "audio")]
        freeze = [self.firn, "freeze", project]
        states = [("live", []), ("half frozen", [[*freeze, *names[::2]]]), ("all tracks frozen", [[*freeze, "--all"]]),
                  ("groups and returns frozen, too", [[*freeze, "--all", "--buses"]]),
                  ("all tracks deactivated",
                   [[self.firn, "unfreeze", project, "--all"], [self.firn, "deactivate", project, *names]])]
        yield f"| First Snow played, bars {start} to {end} | of a core | of live |"
        yield "| --- | ---: | ---: |"
        live = None
        for state, commands in states:
            for command in commands:
                measured(command)
            runs = [measured([self.firn, "play", project, "--from", start, "--to", end, "--device", "null", "--forget"])
                    for _ in range(self.rounds)]
            share = min(run.cpu / run.seconds for run in runs)
            live = live or share
            yield f"| {state} | {100 * share:.1f} % | {share / live:.2f} |"

    def shown(self, project):
        shown = subprocess.run([self.firn, "show", project, "--json"], capture_output=True, check=True)
        return json.loads(shown.stdout)

    def do(self, *words):
        measured([self.firn, *words])

    def notes(self, project):
        shown = subprocess.run([self.firn, "show", project, "--track", "1", "--json"], capture_output=True, check=True)
        return json.loads(shown.stdout)["tracks"][0]["clips"][0]["notes"]

    def program(self, name):
        """What a C++ benchmark prints."""
        run = subprocess.run([self.firn.parents[2] / "bench" / name], capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{name} ended with status {run.returncode}:\n{run.stderr}")
        yield "```"
        yield run.stdout.strip()
        yield "```"


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"


def write(figures):
    """Puts these sections into the page, in the place of those that have their names; the others stay, with the machine they are of."""
    page = ROOT / "docs" / "bench.md"
    text = page.read_text(encoding="utf-8")
    opening, closing = "<!-- figures -->\n", "<!-- end of figures -->\n"
    head, rest = text.split(opening)
    before, tail = rest.split(closing)
    kept = {section.split(", on ")[0]: section.strip() for section in before.split("### ") if section.strip()}
    sections = {name: f"{name}, on {machine()}\n\n" + "\n".join(lines) for name, lines in figures.items()}
    body = "\n\n".join(f"### {section}" for section in {**kept, **sections}.values())
    page.write_text(f"{head}{opening}\n{body}\n\n{closing}{tail}", encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--firn", type=Path, required=True)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--tracks", default="10,100,1000", help="the numbers of tracks to measure")
    arguments.add_argument("--seconds", type=float, default=180, help="the length of the songs with more tracks")
    arguments.add_argument("--songs", type=int, default=200, help="how many short songs a batch converts")
    arguments.add_argument("--lengths", default="20,80", help="the seconds of 100 tracks that are frozen again unchanged")
    arguments.add_argument("--only", action="append", help="a section of docs/bench.md, by its name; may be given more than once")
    arguments.add_argument("--write", action="store_true", help="into docs/bench.md")
    options = arguments.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        sections = {
            "Beside FluidSynth": bench.beside_fluidsynth,
            "More tracks": lambda: bench.more_tracks([int(count) for count in options.tracks.split(",")], options.seconds),
            "Many songs": lambda: bench.many_songs(options.songs),
            "One chain": bench.one_chain,
            "Unchanged": lambda: bench.unchanged([float(length) for length in options.lengths.split(",")]),
            "Shared sources": bench.shared_sources,
            "Playing": bench.playing,
            "The engine": lambda: bench.program("bench_engine"),
            "Playing, piece by piece": lambda: bench.program("bench_live"),
            "Plug-ins": lambda: bench.program("bench_plugin"),
            "Opening and editing": lambda: bench.program("bench_project"),
        }
        for name in options.only or []:
            if name not in sections:
                sys.exit(f"There is no section {name}. There are: {', '.join(sections)}.")
        figures = {}
        for name in options.only or sections:
            print(f"\n### {name}, on {machine()}\n", flush=True)
            figures[name] = []
            for line in sections[name]():
                print(line, flush=True)
                figures[name].append(line)
    if options.write:
        write(figures)


main()

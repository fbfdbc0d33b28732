#!/usr/bin/env python3
"""Turns a score (examples/*.score) into a Standard MIDI File of format 1.

    tools/make_example.py examples/first-snow.score examples/first-snow.mid
    tools/make_example.py --check examples/first-snow.score examples/first-snow.mid      only says whether the two belong together

The same score always gives the same bytes. A score has one statement to a line; `#` at the start of a line opens a comment.

  title, by, meter, key     what goes into the file's first track
  tempo   1 72 | 4 72 > 5 84        bar and beats a minute; `>` glides to the next, in steps of a quaver
  marker  1 Intro | 5 Verse
  chord   NAME pitch…               a voicing, from the lowest voice
  harmony BAR chords | …            the chords from that bar on; two in a bar have half of it each

  track NAME channel=N program=N [velocity=N] [human=TICKS] [gate=SHARE]     the statements after it are this track's
  notes BAR [velocity=N] pitch/beats … | …     bar by bar: `r` rests, `+` joins a chord, `^` slides up from a semitone below
  hold FIRST-LAST                   the harmony's voicings, as long as each lasts
  broken FIRST-LAST PLACES          sixteen places to the bar: a digit is a voice of the harmony, above the last an octave up
  grid DRUM FIRST-LAST PLACES       a digit is a loudness from 1 to 9
  pedal FIRST-LAST                  the sustain pedal, pressed anew at every change of harmony
  curve NUMBER FIRST-LAST A > B     a controller from A to B, from the first bar's start to the last one's end
  vibrato                           the modulation wheel rises in every note of two beats or more
"""

import random
import re
import shlex
import struct
import sys
from pathlib import Path

TICKS = 480  # to a quarter note
BAR = 4 * TICKS
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
DRUMS = {"Kick": 36, "Stick": 37, "Snare": 38, "Hat": 42, "Tom": 45, "Open": 46, "Crash": 49, "Ride": 51, "Swell": 55,
         "Tamb": 54, "Shaker": 82, "Sleigh": 83, "Tree": 84, "Triangle": 81}
SHARPS = {"C major": 0, "G major": 1, "D major": 2, "A major": 3, "F major": -1}
BEND_CENTRE, BEND_SEMITONE = 8192, 4096


def key_of(pitch):
    """60 for C4."""
    name = re.fullmatch(r"([A-G])([#b]?)(-?\d)", pitch)
    if not name:
        sys.exit(f"'{pitch}' is no pitch")
    return 12 * (int(name[3]) + 1) + STEPS[name[1]] + {"#": 1, "b": -1, "": 0}[name[2]]


def bars_of(text):
    """The start and end in ticks of '5-12', both bars included."""
    first, last = text.split("-")
    return (int(first) - 1) * BAR, int(last) * BAR


def quantity(number):
    """A variable-length quantity."""
    data = [number & 127]
    while number := number >> 7:
        data.insert(0, 128 | number & 127)
    return bytes(data)


def meta(kind, data):
    return bytes([255, kind]) + quantity(len(data)) + data


def options_of(words):
    """The words that are not name=value, and those that are, as numbers."""
    options = {name: float(value) for name, value in (word.split("=") for word in words if "=" in word)}
    return [word for word in words if "=" not in word], options


class Track:
    """One track of the file: events as (tick, order among equal ticks, bytes)."""

    def __init__(self, name, channel=1, program=None, velocity=80, human=0, gate=0.95):
        self.channel, self.velocity, self.human, self.gate = int(channel) - 1, velocity, int(human), gate
        self.chance = random.Random(name)  # its own, so that a change to one track leaves the others
        self.long_notes = []
        self.events = [(0, 0, meta(3, name.encode()))]
        if program is not None:
            self.events.append((0, 1, bytes([0xC0 | self.channel, int(program)])))

    def control(self, tick, number, value):
        self.events.append((tick, 2, bytes([0xB0 | self.channel, number, max(0, min(127, round(value)))])))

    def bend(self, tick, value):
        self.events.append((tick, 3, bytes([0xE0 | self.channel, value & 127, value >> 7])))

    def note(self, tick, beats, key, velocity):
        """As a hand plays it: a little early or late, a little softer or louder."""
        start = max(0, tick + self.chance.randint(-self.human, self.human))
        loud = max(1, min(127, round(velocity) + self.chance.randint(-4, 4)))
        end = max(start + 20, tick + round(beats * TICKS * self.gate))
        self.events.append((start, 5, bytes([0x90 | self.channel, key, loud])))
        self.events.append((end, 4, bytes([0x80 | self.channel, key, 40 + loud // 4])))
        if beats >= 2:
            self.long_notes.append((start, end))

    def slide(self, tick):
        """Up from a semitone below, in a sixteenth."""
        for i in range(9):
            self.bend(tick - 8 + i * TICKS // 32, BEND_CENTRE - BEND_SEMITONE * (8 - i) // 8)

    def curve(self, number, start, end, from_value, to_value):
        count = (end - start) // (TICKS // 8)
        last = None
        for i in range(count + 1):
            value = round(from_value + (to_value - from_value) * i / count)
            if value != last:
                self.control(start + i * TICKS // 8, number, value)
            last = value

    def vibrato(self):
        for start, end in self.long_notes:
            middle = start + (end - start) // 3
            self.curve(1, middle, middle + (end - middle) // 120 * 120, 0, 64)
            self.control(end, 1, 0)

    def chunk(self):
        data, now = b"", 0
        for tick, _, event in sorted(self.events, key=lambda event: event[:2]):
            data += quantity(tick - now) + event
            now = tick
        data += quantity(0) + meta(0x2F, b"")
        return b"MTrk" + struct.pack(">I", len(data)) + data


class Score:
    def __init__(self):
        self.head = Track("")
        self.head.events.clear()
        self.tracks = []
        self.chords = {}
        self.harmony = []  # (start, end, keys), in order

    def read(self, line):
        words = shlex.split(line)
        statement, rest = words[0], words[1:]
        if statement == "track":
            (name,), options = options_of(rest)
            self.tracks.append(Track(name, **options))
        else:
            getattr(self, "read_" + statement)(rest)

    # The whole song

    def read_title(self, words):
        self.head.events.append((0, 0, meta(3, " ".join(words).encode())))

    def read_by(self, words):
        self.head.events.append((0, 0, meta(2, " ".join(words).encode())))

    def read_meter(self, words):
        numerator, denominator = map(int, words[0].split("/"))
        self.head.events.append((0, 0, meta(0x58, bytes([numerator, denominator.bit_length() - 1, 24, 8]))))

    def read_key(self, words):
        self.head.events.append((0, 0, meta(0x59, struct.pack("bB", SHARPS[" ".join(words)], 0))))

    def read_tempo(self, words):
        def put(tick, bpm):
            self.head.events.append((tick, 1, meta(0x51, round(60e6 / bpm).to_bytes(3, "big"))))

        for point in " ".join(words).split("|"):
            ends = [list(map(float, end.split())) for end in point.split(">")]
            (bar, bpm), (last_bar, last_bpm) = ends[0], ends[-1]
            start, end = round((bar - 1) * BAR), round((last_bar - 1) * BAR)
            put(start, bpm)
            for tick in range(start + TICKS // 2, end, TICKS // 2):
                put(tick, bpm + (last_bpm - bpm) * (tick - start) / (end - start))
            if end > start:
                put(end, last_bpm)

    def read_marker(self, words):
        for marker in " ".join(words).split("|"):
            bar, name = marker.split(maxsplit=1)
            self.head.events.append(((int(bar) - 1) * BAR, 0, meta(6, name.strip().encode())))

    def read_chord(self, words):
        self.chords[words[0]] = [key_of(pitch) for pitch in words[1:]]

    def read_harmony(self, words):
        start = (int(words[0]) - 1) * BAR
        for bar in " ".join(words[1:]).split("|"):
            names = bar.split()
            for i, name in enumerate(names):
                length = BAR // len(names)
                self.harmony.append((start + i * length, start + (i + 1) * length, self.chords[name]))
            start += BAR

    # The last track

    def read_notes(self, words):
        track = self.tracks[-1]
        (bar, *tokens), options = options_of(words)
        velocity = options.get("velocity", track.velocity)
        tick, start = (int(bar) - 1) * BAR, (int(bar) - 1) * BAR
        for token in [*tokens, "|"]:
            if token == "|":
                if (tick - start) % BAR:
                    sys.exit(f"notes {bar}: a bar ends at beat {(tick - start) % BAR / TICKS + 1}")
                continue
            pitches, beats = token.split("/")
            slides = pitches.startswith("^")
            # The first beat of a bar carries a little more weight, and the offbeats less.
            weight = 5 if tick % BAR == 0 else 0 if tick % TICKS == 0 else -5
            if slides:
                track.slide(tick)
            for pitch in pitches.lstrip("^").split("+"):
                if pitch != "r":
                    track.note(tick, float(beats), key_of(pitch), velocity + weight)
            tick += round(float(beats) * TICKS)

    def read_hold(self, words):
        start, end = bars_of(words[0])
        track = self.tracks[-1]
        for at, until, keys in self.harmony:
            if start <= at < end:
                for key in keys:
                    track.note(at, (until - at) / TICKS, key, track.velocity)

    def read_broken(self, words):
        (bars, places), options = options_of(words)
        start, end = bars_of(bars)
        track = self.tracks[-1]
        length = min(len(place) for place in re.findall(r"\d\.*", places))
        for tick in range(start, end, BAR // 16):
            place = places[tick % BAR // (BAR // 16)]
            if place == ".":
                continue
            keys = next(keys for at, until, keys in self.harmony if at <= tick < until)
            octave, voice = divmod(int(place) - 1, len(keys))
            weight = 6 if tick % BAR == 0 else 0 if tick % TICKS == 0 else -6
            track.note(tick, length / 4, keys[voice] + 12 * octave, options.get("velocity", track.velocity) + weight)

    def read_grid(self, words):
        drum, bars, places = words
        start, end = bars_of(bars)
        for tick in range(start, end, BAR // 16):
            place = places[tick % BAR // (BAR // 16)]
            if place not in ".0":
                self.tracks[-1].note(tick, 0.25, DRUMS[drum], int(place) * 13)

    def read_pedal(self, words):
        start, end = bars_of(words[0])
        changes = sorted({at for at, _, _ in self.harmony if start <= at < end})
        for at in changes:
            if at > start:
                self.tracks[-1].control(at - 10, 64, 0)
            self.tracks[-1].control(at + 40, 64, 127)
        self.tracks[-1].control(end, 64, 0)

    def read_curve(self, words):
        number, bars, from_value, _, to_value = words
        self.tracks[-1].curve(int(number), *bars_of(bars), float(from_value), float(to_value))

    def read_vibrato(self, _):
        self.tracks[-1].vibrato()

    def file(self):
        chunks = [track.chunk() for track in [self.head, *self.tracks]]
        return b"MThd" + struct.pack(">IHHH", 6, 1, len(chunks), TICKS) + b"".join(chunks)


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    source, target = map(Path, arguments)
    score = Score()
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                score.read(line)
            except (AttributeError, KeyError, ValueError, StopIteration) as error:
                sys.exit(f"{source}:{number}: {error!r}")
    if "--check" not in sys.argv:
        target.write_bytes(score.file())
    elif target.read_bytes() != score.file():
        sys.exit(f"{target} is not what {source} makes: run tools/make_example.py {source} {target}")


main()

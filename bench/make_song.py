#!/usr/bin/env python3
"""Writes a Standard MIDI File to measure with: three minutes, any number of tracks, 1,250 notes in each.

    bench/make_song.py TRACKS FILE [SECONDS]

The tracks go round the sixteen channels, the tenth being drums; sixteen of them are the 20,000-note song that docs/bench.md speaks of.
The same arguments always give the same bytes.
"""

import random
import struct
import sys
from pathlib import Path

TICKS = 480
BPM = 120
NOTES_A_SECOND = 1250 / 180
PROGRAMS = [0, 4, 33, 48, 25, 61, 73, 81, 11, 0, 89, 46, 52, 56, 12, 95]  # for each channel
CHORDS = [(0, 4, 7, 11), (9, 12, 16, 19), (5, 9, 12, 16), (7, 11, 14, 17)]
DRUMS = [36, 38, 42, 42, 46, 45, 49, 51]


def quantity(number):
    data = [number & 127]
    while number := number >> 7:
        data.insert(0, 128 | number & 127)
    return bytes(data)


def chunk(events):
    data, now = b"", 0
    for tick, _, event in sorted(events):
        data += quantity(tick - now) + event
        now = tick
    data += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(data)) + data


def track(index, seconds):
    """A line of chord notes: short ones and held ones, as thick as music for that many players is."""
    chance = random.Random(index)
    channel = index % 16
    name = f"Track {index + 1}".encode()
    events = [(0, 0, b"\xff\x03" + quantity(len(name)) + name),
              (0, 1, bytes([0xC0 | channel, PROGRAMS[channel]]))]
    octave = 36 + 12 * chance.randint(0, 4)
    for i in range(round(seconds * NOTES_A_SECOND)):
        at = i / NOTES_A_SECOND + chance.uniform(0, 0.05)
        start = round(at * TICKS * BPM / 60)
        length = round(chance.choice([0.1, 0.2, 0.2, 0.4, 0.8, 1.6]) * TICKS * BPM / 60)
        if channel == 9:
            key = chance.choice(DRUMS)
        else:
            key = octave + chance.choice(CHORDS[int(at / 2) % 4])
        events.append((start, 3, bytes([0x90 | channel, key, chance.randint(50, 110)])))
        events.append((start + length, 2, bytes([0x80 | channel, key, 64])))
    return chunk(events)


def song(tracks, seconds=180):
    tempo = chunk([(0, 0, b"\xff\x51\x03" + round(60e6 / BPM).to_bytes(3, "big"))])
    head = b"MThd" + struct.pack(">IHHH", 6, 1, tracks + 1, TICKS)
    return head + tempo + b"".join(track(index, seconds) for index in range(tracks))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    Path(sys.argv[2]).write_bytes(song(int(sys.argv[1]), *map(float, sys.argv[3:])))

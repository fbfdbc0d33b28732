#!/usr/bin/env bash
# The project of first-snow.sh with third-party plug-ins in the place of some of its devices: LV2, CLAP and VST3, instruments and effects.
#
#   examples/first-snow-plugins.sh DIR [FIRN]
set -euo pipefail

dir=${1:?"usage: examples/first-snow-plugins.sh DIR [FIRN]"}
firn=${2:-firn}
here=$(cd "$(dirname "$0")" && pwd)

"$here/first-snow.sh" "$dir" "$firn"

cd "$dir"
do_() { "$firn" "$@" >/dev/null; }

# Instruments, by their presets.
do_ device remove Lead Synth
do_ device add Lead "MDA JX10" preset="808 State Lead"
do_ device remove Bass Synth Compressor
do_ device add Bass "MDA JX10" preset="Analog Bass"
do_ device add Bass ZamComp --format clap Threshold=-20dB Ratio=3 Attack=15ms Makeup=3dB
do_ device remove E-Piano SoundFont
do_ device add E-Piano "MDA ePiano" preset=Mellow
do_ device remove Bells SoundFont
do_ device add Bells "MDA DX10" preset="Soft Chimes"

# Effects: a valve amplifier for the drums, and a hall.
do_ device remove Drums Saturator
do_ device add Drums ZamTube --format vst3 "Tube Drive=3.3"
do_ device remove Hall Reverb
do_ device add Hall "Dragonfly Hall Reverb" dry-level=0% late-level=60% decay=3.2s delay=28ms
do_ automate set Hall "Dragonfly Hall Reverb:decay" 1.1.1=3.2s 20.1.1=3.2s 27.1.1=6s

#!/usr/bin/env bash
# Makes a whole project of first-snow.mid: groups, returns, sends, devices and automation, each by one command.
#
#   examples/first-snow.sh DIR [FIRN]
set -euo pipefail

dir=${1:?"usage: examples/first-snow.sh DIR [FIRN]"}
firn=${2:-firn}
here=$(cd "$(dirname "$0")" && pwd)

"$firn" new "$here/first-snow.mid" -o "$dir" >/dev/null

cd "$dir"
do_() { "$firn" "$@" >/dev/null; }

# A MIDI file has steps where the tempo glides; Firn has ramps.
do_ tempo set 80 4=80,ramp 5=96 25=96,ramp 29=60

# Instruments: the lead and the bass leave the SoundFont for a synth of their own.
do_ device remove Lead SoundFont
do_ device add Lead synth osc1-shape=saw osc2-shape=pulse osc2-fine=-6 unison-voices=3 unison-spread=50% filter-cutoff=1.8kHz \
  filter-envelope=18st amp-attack=20ms amp-release=300ms wheel=0.4st glide=40ms volume=3dB
do_ device remove Bass SoundFont
do_ device add Bass synth osc1-shape=saw osc2-shape=triangle osc2-tune=-12st filter-cutoff=420Hz filter-resonance=10% \
  filter-envelope=20st amp-release=120ms mode=mono volume=3dB

# The SoundFont leaves room for a hundred voices; ten tracks need less.
for track in Piano E-Piano Pad Strings Bells Percussion; do do_ device set "$track" SoundFont gain=24dB; done
for track in Arp Drums; do do_ device set "$track" SoundFont gain=18dB; done

# Effects.
do_ device add Bass compressor threshold=-20dB ratio=3 attack=15ms
do_ device add Pad filter cutoff=600Hz resonance=0.9
do_ device add Pad chorus mix=35%
do_ device add E-Piano phaser rate=0.25Hz mix=30%
do_ device add Piano eq band2-gain=-2dB band7-gain=2dB
do_ device add Drums compressor threshold=-16dB ratio=2.5 attack=20ms makeup=2dB
do_ device add Drums saturator drive=3dB mix=40%

# Groups, one within another.
do_ track add --group Sparkle Arp Bells
do_ track add --group Air Pad Strings Sparkle
do_ track add --group Rhythm Bass Drums Percussion
do_ track add --group Keys Piano E-Piano
do_ device add Rhythm compressor threshold=-14dB ratio=2 attack=30ms
do_ device add Air eq band1-on=on band1-frequency=120Hz

# Returns: a hall, and an echo that goes from side to side.
do_ track add --return Hall
do_ device add Hall reverb decay=3.2s pre-delay=28ms mix=100% low-cut=180Hz
do_ track add --return Echo
do_ device add Echo delay sync=on note=1/8D ping-pong=on feedback=38% high-cut=4.5kHz mix=100%

# The mix.
do_ mixer Piano   volume=-3dB  pan=8L  send:Hall=-14dB
do_ mixer E-Piano volume=-3dB  pan=14R send:Hall=-16dB
do_ mixer Bass    volume=-2dB
do_ mixer Pad     volume=-3dB          send:Hall=-10dB
do_ mixer Strings volume=-4dB  pan=6R  send:Hall=-9dB
do_ mixer Lead    volume=-6dB          send:Hall=-14dB send:Echo=-16dB
do_ mixer Arp     volume=-8dB  pan=22L send:Echo=-14dB
do_ mixer Bells   volume=-4dB  pan=24R send:Hall=-6dB,pre send:Echo=-18dB
do_ mixer Drums   volume=-4dB          send:Hall=-22dB
do_ mixer Percussion volume=-6dB pan=10R send:Hall=-16dB
do_ mixer Hall    volume=5dB
do_ mixer Echo    volume=2dB           send:Hall=-14dB

# Automation: the pad opens into the chorus and closes again, the echo blooms on the lead's last line, the song comes in out of
# silence and leaves into it.
do_ automate set Pad Filter:cutoff 1.1.1=500Hz 5.1.1=900Hz 12.1.1=1.4kHz 13.1.1=7kHz 20.1.1=7kHz 23.1.1=1.2kHz 29.1.1=350Hz
do_ automate set Lead send:Echo 19.1.1=-16dB 20.1.1=-5dB 21.3.1=-5dB 22.1.1=-16dB
do_ automate set Strings pan 13.1.1=6R 17.1.1=20R 21.1.1=6R
do_ automate set Rhythm volume 1.1.1=-6dB 5.1.1=-2dB 12.4.1=-2dB 13.1.1=0dB 21.1.1=-3dB
do_ automate set Main volume 1.1.1=-8dB 2.1.1=0dB 27.1.1=0dB 30.1.1=-24dB

# Main: a little air, and a limiter that looks ahead.
do_ device add Main eq band7-gain=1.5dB
do_ device add Main limiter ceiling=-1dB gain=2dB

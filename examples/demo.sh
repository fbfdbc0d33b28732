#!/usr/bin/env bash
# What Firn does, on a song of our own: `make demo`. All that it makes is in build/demo, or with plug-ins in build/demo-plugins.
#
#   examples/demo.sh FIRN [plugins]
set -euo pipefail

firn=$(realpath "${1:?"usage: examples/demo.sh FIRN [plugins]"}")
variant=${2:+-$2}
here=$(cd "$(dirname "$0")" && pwd)
work=$here/../build/demo$variant
rm -rf "$work"
mkdir -p "$work"
cd "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say "First Snow: a project from examples/first-snow.mid"
"$here/first-snow$variant.sh" "First Snow" "$firn"
cd "First Snow"
"$firn" show

say "The mix as it is, with every device at work"
"$firn" export ../live.wav

say "Freeze all tracks, then verify: every print against a fresh render, in blocks of 17 frames"
"$firn" freeze --all --json >../freeze.json
"$firn" show --json >../show.json
"$firn" verify --block 17 --json >../verify.json

say "Flatten Bells: it becomes an audio track"
"$firn" flatten Bells

say "The mix again, from prints; and stems"
"$firn" export ../mix.wav
"$firn" stems -o ../stems

if [ -n "$variant" ]; then
  say "A machine that has none of the plug-ins plays the same, from prints, the hall's among them"
  "$firn" freeze Hall
  nowhere=$work/nowhere
  env XDG_CACHE_HOME="$nowhere" LV2_PATH="$nowhere" CLAP_PATH="$nowhere" VST3_PATH="$nowhere" "$firn" export ../without.wav
  cmp ../without.wav ../mix.wav
fi

say "Resample Main to a new track, faster than real time"
"$firn" resample --name "First Snow (Main)"

say "In short"
python3 - <<'PYTHON'
import filecmp
import json
from pathlib import Path

frozen = json.loads(Path("../freeze.json").read_text())
verified = {track["name"]: track for track in json.loads(Path("../verify.json").read_text())["tracks"]}
rate = json.loads(Path("../show.json").read_text())["rate"]
rows = [("Track", "Length", "Times real time", "Peak", "Against a fresh render")]
for track in frozen["tracks"]:
    name, printed = track["name"], track["print"]
    seconds = printed["frames"] / rate
    check = verified[name]
    rows.append((name, f"{int(seconds // 60)}:{seconds % 60:06.3f}", f"{seconds / frozen['render_seconds']:.1f}",
                 f"{printed['peak_dbfs']:.1f} dB", "bit-identical" if check["identical"] else f"{check['residual_dbfs']:.1f} dBFS"))
widths = [max(len(row[i]) for row in rows) for i in range(5)]
for row in rows:
    print("  ".join(cell.ljust(width) if i in (0, 4) else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
same = filecmp.cmp("../live.wav", "../mix.wav", shallow=False)
print(f"\nThe mix, frozen and flattened, against the mix as it was: {'bit-identical' if same else 'DIFFERENT'}.")
takes = list(Path("Samples/Recorded").glob("*.wav"))
same_take = len(takes) == 1 and filecmp.cmp(takes[0], "../mix.wav", shallow=False)
print(f"The resampled take against the mix: {'bit-identical' if same_take else 'DIFFERENT'}.")
raise SystemExit(0 if same and same_take and all(track["identical"] for track in verified.values()) else 1)
PYTHON

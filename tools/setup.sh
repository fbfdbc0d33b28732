#!/usr/bin/env bash
# Installs what building and testing Firn takes beyond a fresh Debian 12, and nothing that is there already.
#   tools/setup.sh [build] [plugins] [test] [deep] [bench] [table]        with no argument: build
set -euo pipefail

build=(g++ make cmake ninja-build ccache pkg-config python3 git faust
       libfluidsynth-dev libsndfile1-dev libmpg123-dev libogg-dev libsoxr-dev libebur128-dev libsodium-dev libzstd-dev libzip-dev
       nlohmann-json3-dev libcli11-dev libfmt-dev libexpected-dev timgm6mb-soundfont
       juce-modules-source juce-tools dpf-source ladspa-sdk liblilv-dev librtaudio-dev librtmidi-dev libasound2-dev libjack-jackd2-dev)
plugins=(zam-plugins mda-lv2 x42-plugins dragonfly-reverb-lv2 synthv1-lv2)
test=("${plugins[@]}" lv2-dev xvfb xdotool jackd2 pipewire pipewire-bin pipewire-jack
      doctest-dev librapidcheck-dev clang-format-14 mandoc faketime)
deep=(clang clang-tidy-14 libclang-rt-14-dev libstdc++-12-dev util-linux fluid-soundfont-gm)
bench=(fluidsynth fluid-soundfont-gm "${plugins[@]}" zynaddsubfx-lv2)
table=("${plugins[@]}" calf-plugins zynaddsubfx-lv2 amsynth setbfree padthv1-lv2
       samplv1-lv2 drumkv1-lv2 drumgizmo avldrums.lv2 swh-lv2 guitarix-lv2 lsp-plugins-lv2)

wanted=()
for set in "${@:-build}"; do
  case $set in
    build) wanted+=("${build[@]}") ;;
    plugins) wanted+=("${build[@]}" "${plugins[@]}") ;;
    test) wanted+=("${build[@]}" "${test[@]}") ;;
    deep) wanted+=("${build[@]}" "${test[@]}" "${deep[@]}") ;;
    bench) wanted+=("${build[@]}" "${bench[@]}") ;;
    table) wanted+=("${build[@]}" "${table[@]}") ;;
    *) echo "setup: unknown set '$set': build, plugins, test, deep, bench or table" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: no apt here; Firn needs what Debian 12 calls: ${wanted[*]}" >&2
  exit 0
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: as root, run: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists may be missing or old: only then are they fetched.
if ! apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
  apt update
  if ! apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
fi

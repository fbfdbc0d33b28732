#!/usr/bin/env python3
"""The long tests, part by part, with the time that each took.

  asan    everything, with address and undefined-behaviour sanitizers
  tsan    everything, with the thread sanitizer; FIRN_SOAK (1800) seconds of the soak
  clang   everything, built by the second compiler
  kills   FIRN_KILLS (200) kills at random moments, RC_PARAMS (max_success=2000) rounds of each property, FIRN_WALKS (1000) random walks of 50
          steps, FIRN_CHAINS (100) random chains of plug-ins with every fault mixed in, a whole song in blocks of 1, and FIRN_SOAK (1800) seconds of the
          soak
  fuzz    each fuzz target for FUZZ_SECONDS (600), as many at once as there are cores
  tidy    clang-tidy with all checks and the static analyzer, over tests too

Without arguments, all of them. A part that fails does not keep the next from running.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = str(os.cpu_count())
SOAK = os.environ.get("FIRN_SOAK", "1800")


def run(*command, **environment):
    """Runs a command in the project's folder, its output shown; True if it succeeded."""
    print("+", *command, flush=True)
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}).returncode == 0


def build(preset, *targets):
    only = ["--target", *targets] if targets else []
    return run("cmake", "--preset", preset) and run("cmake", "--build", "--preset", preset, *only)


def fixed_addresses():
    """What to put before a command so that the kernel places its memory without chance, which the thread sanitizer needs
    where vm.mmap_rnd_bits is above 28; nothing where that is not allowed."""
    prefix = ["setarch", platform.machine(), "--addr-no-randomize"]
    try:
        return prefix if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0 else []
    except FileNotFoundError:
        return []


def tests(preset, *prefix, **environment):
    return run(*prefix, "ctest", "--preset", preset, "--parallel", CORES, "--exclude-regex", "^check_", "--timeout", "7200",
               **environment)


def asan():
    return build("asan") and tests("asan", ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1",
                                   UBSAN_OPTIONS="print_stacktrace=1")


def tsan():
    options = f"suppressions={ROOT / 'tools' / 'tsan.supp'}:halt_on_error=1:ignore_noninstrumented_modules=1"
    return build("tsan") and tests("tsan", *fixed_addresses(), TSAN_OPTIONS=options, FIRN_SOAK=SOAK)


def clang():
    return build("clang") and tests("clang")


def kills():
    return build("dev") and tests("dev", FIRN_WHOLE_SONG="yes", FIRN_SOAK=SOAK, FIRN_KILLS=os.environ.get("FIRN_KILLS", "200"),
                                  FIRN_WALKS=os.environ.get("FIRN_WALKS", "1000"),
                                  FIRN_CHAINS=os.environ.get("FIRN_CHAINS", "100"),
                                  RC_PARAMS=os.environ.get("RC_PARAMS", "max_success=2000"))


def fuzz():
    """Each program build/fuzz/tests/fuzz/fuzz_X grows its corpus in build/fuzz/corpus/X, from the seeds in tests/fuzz/seeds/X."""
    if not build("fuzz", "fuzz"):
        return False
    seconds = os.environ.get("FUZZ_SECONDS", "600")
    folder = ROOT / "build" / "fuzz"
    targets = sorted(path for path in (folder / "tests" / "fuzz").glob("fuzz_*") if path.is_file() and os.access(path, os.X_OK))
    if not targets:
        print("fuzz: no targets were built in build/fuzz/tests/fuzz")
        return False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return all([*pool.map(lambda target: fuzz_one(target, folder, seconds), targets)])


def fuzz_one(target, folder, seconds):
    name = target.name.removeprefix("fuzz_")
    corpus = folder / "corpus" / name
    found = folder / "found"
    for path in (corpus, found):
        path.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests" / "fuzz" / "seeds" / name
    return run(str(target), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1",
               "-verbosity=0", f"-artifact_prefix={found}/{name}-", str(corpus), *([str(seeds)] if seeds.is_dir() else []))


def tidy():
    return build("dev") and run(
        sys.executable, str(ROOT / "tools" / "check_tidy.py"), "--build", str(ROOT / "build" / "dev"))


PARTS = {"asan": asan, "tsan": tsan, "clang": clang, "kills": kills, "fuzz": fuzz, "tidy": tidy}

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
chosen = arguments.parse_args().parts or list(PARTS)
unknown = [part for part in chosen if part not in PARTS]
if unknown:
    sys.exit(f"test-deep: no such part: {', '.join(unknown)}. There are {', '.join(PARTS)}.")

rows = []
for part in chosen:
    print(f"\n=== {part} ===", flush=True)
    start = time.monotonic()
    succeeded = PARTS[part]()
    rows.append((part, succeeded, time.monotonic() - start))

print("\npart     result   time")
for part, succeeded, seconds in rows:
    print(f"{part:<8} {'passed' if succeeded else 'FAILED':<8} {int(seconds) // 60:>3} min {int(seconds) % 60:02} s")
sys.exit(0 if all(succeeded for _, succeeded, _ in rows) else 1)

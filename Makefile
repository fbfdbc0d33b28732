# Thin over the CMake presets; each target installs what it lacks first (tools/setup.sh; SETUP=no leaves that out).
#
#   make             the program, in build/release
#   make demo        builds, then freezes, flattens, resamples and exports the song in examples/; demo-plugins: with plug-ins in it
#   make test        one build with every warning an error, and every test: under 15 minutes on 2 cores
#   make test-deep   sanitizers, the second compiler, long fuzzing, many kills, clang-tidy: hours; parts: PARTS="asan fuzz"
#   make bench       how fast, beside FluidSynth; BENCH="--write" puts the table into docs/bench.md
#   make plugin-table  tries every plug-in of Debian's packages, and writes docs/plugins-of-debian.md: an hour
#   make install     into PREFIX (/usr/local), under DESTDIR if given
#   make format      clang-format over all sources

SHELL := /bin/bash
PREFIX ?= /usr/local
SETUP ?= yes
JOBS ?= $(shell nproc)
# Debian names the versions; elsewhere the plain name must do.
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)

firn := build/release/src/cli/firn

.PHONY: all setup demo demo-plugins test test-deep bench plugin-table install format clean
.NOTPARALLEL:

all: setup
	@cmake --preset release -Wno-dev >/dev/null
	@cmake --build --preset release --target firn

setup:
ifeq ($(SETUP),yes)
	@tools/setup.sh $(or $(SETUP_FOR),build)
endif

demo: all
	@examples/demo.sh $(firn)

demo-plugins: SETUP_FOR = plugins
demo-plugins: all
	@examples/demo.sh $(firn) plugins

test: SETUP_FOR = test
test: setup
	@cmake --preset dev
	@cmake --build --preset dev
	@ctest --preset dev --parallel $$(($(JOBS) + 1)) # some wait for time to pass

test-deep: SETUP_FOR = deep
test-deep: setup
	@tools/test_deep.py $(PARTS)

bench: SETUP_FOR = bench
bench: setup
	@cmake --preset release -DFIRN_BENCH=ON
	@cmake --build --preset release
	@bench/run.py --firn $(firn) $(BENCH)

plugin-table: SETUP_FOR = table
plugin-table: all
	@tools/plugin_table.py --firn $(firn) $(TABLE)

install: all
	@cmake --install build/release --prefix $(PREFIX)

format: SETUP_FOR = test
format: setup
	@git ls-files '*.cpp' '*.hpp' | xargs $(CLANG_FORMAT) -i

clean:
	@rm -rf build

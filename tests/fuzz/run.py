"""Coverage-guided: `python tests/fuzz/run.py TARGET [options of libFuzzer]`; finds are written as crash-* files."""

import sys

import atheris  # brought by run.sh, no part of the environment

with atheris.instrument_imports(include=["extractors"]):
    from targets import TARGETS, play  # beside this file

if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
    sys.exit(f"usage: run.py {'|'.join(TARGETS)} [libFuzzer options]")
name = sys.argv.pop(1)
atheris.Setup(sys.argv, lambda raw: play(name, raw))
atheris.Fuzz()

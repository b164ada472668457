"""How commands speak: one JSON object or Indonesian text on stdout, the rest on stderr, exit codes by contract."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    WRONG_FOUND = 1  # a failed check, refused site rows, a broken chain
    WRONG_USE = 2
    REFUSED = 3  # answered, but refused and nothing written
    NOBODY_THERE = 4  # no route, connection refused, database away


class Problem(Exception):
    """What stops a command: a sentence that says what, where and what to do, and the exit code."""

    def __init__(self, message: str, code: Exit = Exit.WRONG_FOUND) -> None:
        super().__init__(message)
        self.code = code


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.tzinfo is None else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def emit(payload: Mapping[str, Any], *, as_json: bool, text: Callable[[], str]) -> None:
    """Exactly one JSON object on stdout, or the text for people."""
    typer.echo(json.dumps(payload, default=_plain, ensure_ascii=False) if as_json else text())


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Says on stderr what begins and, when it took longer than two seconds, how long it took."""
    typer.echo(f"{what} ...", err=True)
    start = time.monotonic()
    yield
    seconds = time.monotonic() - start
    if seconds >= 2:
        typer.echo(f"{what}: selesai, {seconds:.0f} detik", err=True)


def told_progress(what: str, every_s: float = 5.0) -> Callable[[int, int], None]:
    """A function that says on stderr how far a long work is (done, total), at most every few seconds."""
    said = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said >= every_s:
            said = time.monotonic()
            typer.echo(f"{what}: {done} dari {total}", err=True)

    return tell


def run(app: typer.Typer) -> None:
    """Runs the command line; a Problem becomes its sentence and its exit code."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except Problem as problem:
        typer.echo(f"hadir: {problem}", err=True)
        sys.exit(problem.code)

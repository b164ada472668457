"""Small files of rows by name in the secrets folder, for the owner's eyes only, replaced as a whole."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from warehouse.console import Problem

Row = TypeVar("Row", bound=BaseModel)


def read_rows(path: Path, form: type[Row]) -> dict[str, Row]:
    """The rows of a file; none when it does not exist yet.

    Raises:
        Problem: the file is there and is not ours; nobody may sign in by half a file.
    """
    try:
        return TypeAdapter(dict[str, form]).validate_json(path.read_bytes())  # type: ignore[valid-type]
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise Problem(f"Berkas {path} rusak ({error.error_count()} kesalahan); pulihkan dari cadangan.") from error


@contextmanager
def changing_rows(path: Path, form: type[Row]) -> Iterator[dict[str, Row]]:
    """The rows, to be changed; written when the block ends well. Two commands at once wait for each other.

    Raises:
        Problem: the folder of the secrets cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise Problem(f"Folder rahasia {path.parent} tidak dapat dibuka: {error.strerror}.") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        rows = read_rows(path, form)
        yield rows
        _write(path, rows)
    finally:
        os.close(folder)


def _write(path: Path, rows: Mapping[str, BaseModel]) -> None:
    text = json.dumps({name: row.model_dump() for name, row in sorted(rows.items())}, indent=1)
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    except OSError as error:
        raise Problem(f"Folder rahasia {path.parent} tidak dapat ditulisi: {error.strerror}.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)

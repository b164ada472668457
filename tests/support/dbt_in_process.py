"""The same dbt, but in the process of the tests, with what it read of the project kept from one build to the next.

Half of a small build is Python that starts and dbt that reads the project. As a program of its own, as in service, dbt
runs in the tests of the commands (tests/e2e, tests/chaos, tests/dags).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from warehouse.claim import DBT_PROJECT
from warehouse.dbt_program import invoke_dbt

# By the database, which is part of each relation's name; of a changed copy of the project nothing is kept.
_read: dict[str, Manifest] = {}


def call_dbt(options: Sequence[str], environment: Mapping[str, str], folder: Path) -> list[str]:
    """Stands in the place of `warehouse.dbt_run.call_dbt`."""
    with _as_child(environment, folder):
        manifest = _manifest(options, environment["HADIR_DBT_DATABASE"]) if str(DBT_PROJECT) in options else None
        return invoke_dbt(options, manifest)


def _manifest(options: Sequence[str], database: str) -> Manifest:
    if database not in _read:
        folders = options[options.index("--project-dir") :]
        read = dbtRunner().invoke(["--quiet", "--log-level-file", "none", "parse", "--no-write-json", *folders]).result
        assert isinstance(read, Manifest)
        _read[database] = read
    return _read[database]


@contextlib.contextmanager
def _as_child(environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        yield

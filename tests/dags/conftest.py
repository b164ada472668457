"""Airflow for tests that load DAG files: a home of its own, no examples, set before the first import of airflow."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from warehouse.settings import TELEMETRY_OFF

DAGS_DIR = Path(__file__).parents[2] / "dags"
FORBIDDEN_AT_IMPORT = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "sqlite3.connect"}
_watchers: list[list[str]] = []  # an audit hook stays for the life of the process: it notes only while one watches


def _note_work(event: str, _arguments: tuple[object, ...]) -> None:
    if _watchers and event in FORBIDDEN_AT_IMPORT:
        _watchers[-1].append(event)


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh AIRFLOW_HOME for this process; it may not inherit anything of the machine's."""
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:
            patch.delenv(name)
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(DAGS_DIR))
        for name, value in TELEMETRY_OFF.items():
            patch.setenv(name, value)
        yield home


@pytest.fixture(scope="session")
def load_bag(airflow_home: Path) -> Callable[[Path], tuple[Any, list[str]]]:
    """Loads a folder of DAG files: the bag, and what the files did at import that is work."""
    from airflow.dag_processing.dagbag import DagBag

    sys.addaudithook(_note_work)

    def load(folder: Path) -> tuple[Any, list[str]]:
        _watchers.append([])
        try:
            bag = DagBag(dag_folder=folder, bundle_path=folder)
        finally:
            work = _watchers.pop()
        return bag, work

    return load

"""One embedded Postgres for the session; each test that asks gets a migrated database of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling, Scheduling

from tests.support import conservation
from tests.support.databases import copied
from tests.support.golden_town import own_town as own_town
from tests.support.golden_town import town as town
from warehouse.migrate import migrate
from warehouse.settings import Settings

TEMPLATE = "hadir_template"


def _call_dbt(options: Sequence[str], environment: Mapping[str, str], folder: Path) -> list[str]:
    from tests.support.dbt_in_process import call_dbt  # seconds that a test without dbt need not wait

    return call_dbt(options, environment, folder)


@pytest.fixture(scope="session", autouse=True)
def dbt_in_this_process() -> Iterator[None]:
    """dbt need not start and read the project for each build (tests/support/dbt_in_process.py)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.dbt_run.call_dbt", _call_dbt)
        yield


@pytest.fixture(scope="session")
def server_settings() -> Iterator[Settings]:
    """Settings of the session's server; its database is the migrated template."""
    var_dir = Path(tempfile.mkdtemp(prefix="hadir-test-"))
    var_dir.chmod(0o755)  # as root Postgres runs as another account and must come in
    settings = Settings(var_dir=var_dir, pg_database=TEMPLATE)
    with conservation.own_server(settings):
        migrate(settings)
        yield settings
    shutil.rmtree(var_dir, ignore_errors=True)


@pytest.fixture
def warehouse_db(server_settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty, migrated database that belongs to this test alone."""
    with copied(server_settings, TEMPLATE, tmp_path) as settings:
        yield settings


@pytest.fixture(scope="module")
def module_db(server_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The same, shared by the tests of one module."""
    with copied(server_settings, TEMPLATE, tmp_path_factory.mktemp("module")) as settings:
        yield settings


# Rooms whose tests share one costly city or fixed ports; the longest first, so that none is left for the end.
ONE_PROCESS_ROOMS = ("e2e", "simulator", "local", "dags")


def _room_and_file(nodeid: str) -> tuple[str, str]:
    file = nodeid.partition("::")[0]
    return file.split("/")[1], file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What stays in one process comes first."""
    items.sort(key=lambda item: _room_and_file(item.nodeid)[0] not in ONE_PROCESS_ROOMS)


class ByFileOrRoom(LoadScopeScheduling):
    """With several processes (`-n 2`) a file stays in one of them, and so does each of these rooms.

    xdist's own groups are no way to say so: they are lost with the node ids of this pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        room, file = _room_and_file(nodeid)
        return room if room in ONE_PROCESS_ROOMS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """How xdist hands out the tests."""
    return ByFileOrRoom(config, log)


def pytest_testnodedown(node: Any, error: object) -> None:
    """With several processes each hands over what it looked at; one that died has failed the session already."""
    if not error:
        conservation.BOOK.add(conservation.Book(**node.workeroutput["conservation"]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The session fails when a pull of any of its databases did not add up."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["conservation"] = asdict(conservation.BOOK)
    elif conservation.BOOK.violations:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many pulls were looked at, and which do not add up."""
    book = conservation.BOOK
    if book.database_count:
        terminalreporter.section("conservation of records", red=bool(book.violations), green=not book.violations)
        terminalreporter.write_line(f"{book}: {len(book.violations)} do not add up")
        for violation in book.violations:
            terminalreporter.write_line(violation, red=True)

"""The ledger: a chain per terminal that recomputes from the database, and that shows where it was broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from warehouse import ledger
from warehouse.connection import connect, connect_superuser
from warehouse.ledger import PullRow
from warehouse.settings import Settings

pytestmark = pytest.mark.db

STARTED = datetime.fromisoformat("2017-03-01T17:00:00.123456+07:00")


def failed(serial: str = "CLG0001") -> PullRow:
    return PullRow(
        serial, "zk", "unreachable", STARTED, STARTED, device_clock_local=datetime(2017, 3, 1, 17),
        error_class="transient", error_phase="connect", error_message="Mesin tidak terjangkau – periksa listrik.",
    )  # fmt: skip


@pytest.fixture
def loader(warehouse_db: Settings) -> Iterator[Connection]:
    connection = connect(warehouse_db, "loader")
    yield connection
    connection.close()


def append(connection: Connection, *rows: PullRow) -> list[PullRow]:
    with connection, connection.cursor() as cursor:
        return [ledger.append(cursor, row) for row in rows]


def chain(connection: Connection, serial: str = "CLG0001") -> list[PullRow]:
    with connection, connection.cursor() as cursor:
        return ledger.pulls_of(cursor, serial)


def test_the_chain_recomputes_from_the_database(loader: Connection) -> None:
    written = append(loader, failed(), failed("CLG0002"), failed(), failed())

    assert [row.pull_id for row in chain(loader)] == [1, 3, 4]
    assert written[2].previous_hash == written[0].row_hash
    assert written[1].previous_hash is None
    assert ledger.first_broken(chain(loader)) is None


@pytest.mark.parametrize(
    "change", ["error_message = 'lain'", "clock_drift_s = 1", "started_at = started_at + interval '1 microsecond'"]
)
def test_a_changed_row_is_found(warehouse_db: Settings, loader: Connection, change: str) -> None:
    append(loader, failed(), failed(), failed())
    connection = connect_superuser(warehouse_db)
    with connection, connection.cursor() as cursor:
        cursor.execute("alter table raw.pulls disable trigger append_only")
        cursor.execute(f"update raw.pulls set {change} where pull_id = 2")
    connection.close()

    broken = ledger.first_broken(chain(loader))

    assert broken is not None
    assert broken.pull_id == 2


def test_a_removed_row_is_found(loader: Connection) -> None:
    append(loader, failed(), failed(), failed())
    rows = chain(loader)

    assert ledger.first_broken([rows[0], rows[2]]) == rows[2]


def test_the_known_prefix_is_that_of_the_latest_complete_pull(loader: Connection) -> None:
    complete = PullRow(
        "CLG0001", "zk", "ok", STARTED, STARTED, epoch=2, counted_before=40, counted_after=41, known_prefix=41,
        covers_until_local=datetime(2017, 3, 1, 17), evidence_sha256="e", prefix_sha256="p",
    )  # fmt: skip
    first = replace(complete, counted_before=30, counted_after=30, known_prefix=0, offered=30, duplicate_count=30)
    then = replace(complete, counted_before=41, known_prefix=20, offered=21, duplicate_count=21, evidence_sha256="f")
    append(loader, replace(first, epoch=1), first, then, complete, failed())

    with loader, loader.cursor() as cursor:
        assert ledger.known_prefix(cursor, "CLG0001") == ledger.KnownPrefix(2, 41, ((41, "p"),), landed=51)
        assert ledger.evidence_of_epoch(cursor, "CLG0001", 2) == [(21, "f"), (30, "e")]
        assert ledger.known_prefix(cursor, "CLG0002") is None


def test_a_failed_attempt_cannot_bring_rows(loader: Connection) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation):
        append(loader, replace(failed(), offered=1, duplicate_count=1))


def test_a_terminal_has_one_holder_and_a_dead_one_leaves_no_lock(warehouse_db: Settings, loader: Connection) -> None:
    other = connect(warehouse_db, "loader")
    with ledger.terminal_lock(other, "CLG0001"), ledger.terminal_lock(loader, "CLG0002"), loader.cursor() as cursor:
        cursor.execute("set lock_timeout = '50ms'")
        loader.commit()
        with pytest.raises(psycopg2.errors.LockNotAvailable), ledger.terminal_lock(loader, "CLG0001"):
            pass
        loader.rollback()
        other.close()
        with pytest.raises(psycopg2.InterfaceError):
            other.cursor()
    with ledger.terminal_lock(loader, "CLG0001"):
        pass

"""Landing: one transaction, conservation in the database, evidence before the commit, touched days."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection

from tests.support.reference_rows import fetch, give_pin, register_city, register_terminal
from warehouse import landing, ledger, punches
from warehouse.connection import connect, connect_superuser
from warehouse.evidence import EvidenceBroken, evidence_path, read_evidence, write_evidence
from warehouse.landing import land
from warehouse.ledger import KnownPrefix, PullRow
from warehouse.prefix import prove_prefix
from warehouse.settings import Settings

AT = datetime(2017, 3, 1, 7, 30)
COVERED = datetime(2017, 3, 1, 17, 0)
NOW = datetime.fromisoformat("2017-03-01T17:00+07:00")


@dataclass
class Batch:
    """Columns as a decoder gives them."""

    pin: Any
    punched_at: Any
    ordinal: Any
    state: Any
    verify: Any
    work_code: Any
    rejects: Any = ()


@dataclass
class Rejected:
    ordinal: int
    reason: str = "tanggal mustahil"
    record: bytes = b"bytes"
    pin: str | None = None
    punched_at: datetime | None = None


def batch_of(rows: list[tuple[str, datetime]], rejects: list[Rejected] | None = None, first: int = 0) -> Batch:
    taken = {one.ordinal for one in rejects or []}
    ordinals = [number for number in range(first, first + len(rows) + len(taken)) if number not in taken]
    return Batch(
        pin=np.array([pin.encode() for pin, _ in rows], "S24"),
        punched_at=np.array([at for _, at in rows], "datetime64[s]"),
        ordinal=np.array(ordinals, np.int64),
        state=np.zeros(len(rows), np.int64),
        verify=np.full(len(rows), 255, np.int64),
        work_code=np.full(len(rows), 0xFFFFFFFF, np.int64),
        rejects=rejects or [],
    )


def draft(count: int, known: int = 0, **given: Any) -> PullRow:
    row = PullRow("CLG0001", "zk", "ok", NOW, NOW, epoch=1, counted_before=known + count, counted_after=known + count)
    return replace(row, known_prefix=known, covers_until_local=COVERED, **given)


Land = Callable[..., PullRow]


@pytest.fixture
def loader(warehouse_db: Settings) -> Iterator[Connection]:
    connection = connect(warehouse_db, "loader")
    yield connection
    connection.close()


@pytest.fixture
def land_batch(warehouse_db: Settings, loader: Connection) -> Land:
    """Lands a batch as the next pull of CLG0001."""

    def doing(batch: Batch, row: PullRow | None = None, evidence: bytes = b"evidence") -> PullRow:
        offered = row or draft(len(batch.ordinal) + len(batch.rejects))
        return land(
            loader, offered, batch, evidence=evidence, evidence_dir=warehouse_db.evidence_dir, clock=lambda: NOW
        )

    return doing


ROWS = [("101", AT), ("102", AT + timedelta(minutes=1)), ("101", AT + timedelta(hours=9))]


@pytest.fixture(params=[punches.FEW, 0], ids=["few", "many"])
def way_by_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few punches go in by one statement; here as many as are thought to be many."""
    monkeypatch.setattr(punches, "FEW", request.param)


@pytest.mark.db
@pytest.mark.usefixtures("way_by_size")
@pytest.mark.parametrize("way", ["straight", "long"])
def test_raw_codes_survive_all_ways_of_landing(warehouse_db: Settings, land_batch: Land, way: str) -> None:
    land_batch(batch_of(ROWS))
    land_batch(batch_of([("10\\3", AT)], first=3), draft(1) if way == "long" else draft(1, known=3))

    stored = fetch(
        warehouse_db,
        "select pin, punched_at_local, state, verify, work_code, ordinal, channel, pull_id"
        " from raw.punches order by ordinal",
    )
    assert stored[0] == ("101", AT, 0, 255, -1, 0, "zk", 1)  # u32 kept bit by bit in a signed column
    assert stored[3] == ("10\\3", AT, 0, 255, -1, 3, "zk", 2)


@pytest.mark.db
@pytest.mark.usefixtures("way_by_size")
def test_the_same_punch_twice_is_a_duplicate_in_the_first_batch_too(warehouse_db: Settings, land_batch: Land) -> None:
    row = land_batch(batch_of([*ROWS, ROWS[0]]))

    assert (row.offered, row.new_count, row.duplicate_count) == (4, 3, 1)
    assert fetch(warehouse_db, "select ordinal from raw.punches order by 1") == [(0,), (1,), (2,)]


@pytest.mark.db
@pytest.mark.usefixtures("way_by_size")
def test_landing_twice_is_once(warehouse_db: Settings, land_batch: Land) -> None:
    rejects = [Rejected(1)]
    land_batch(batch_of(ROWS, rejects))
    before = fetch(warehouse_db, "select * from raw.punches order by ordinal")

    row = land_batch(batch_of(ROWS, rejects))

    assert (row.offered, row.new_count, row.duplicate_count, row.rejected_count) == (4, 0, 4, 0)
    assert fetch(warehouse_db, "select * from raw.punches order by ordinal") == before


@pytest.mark.db
@pytest.mark.usefixtures("way_by_size")
def test_a_tail_with_a_punch_that_came_another_way_lands_the_rest(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of(ROWS))

    row = land_batch(batch_of([ROWS[1], ("104", AT)], first=3), draft(2, known=3))

    assert (row.new_count, row.duplicate_count) == (1, 1)
    assert fetch(warehouse_db, "select count(*) from raw.punches") == [(4,)]


@pytest.mark.db
@pytest.mark.usefixtures("way_by_size")
def test_months_get_their_partitions(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of([("1", datetime(2017, month, 1)) for month in (1, 3, 12)]))

    found = fetch(
        warehouse_db,
        "select relname::text from pg_class where relname like 'punches_2017%%' and relkind = 'r' order by 1",
    )
    assert [name for (name,) in found] == ["punches_2017_01", "punches_2017_03", "punches_2017_12"]


@pytest.mark.db
@pytest.mark.parametrize(
    "lie",
    [
        {"counted_before": 5, "counted_after": 9},  # more than came
        {"counted_before": 0, "counted_after": 2},  # fewer than came
        {"counted_before": None},
        {"covers_until_local": None},
        {"outcome": "refused", "error_class": "transient"},  # a refused attempt that brings rows
    ],
)
def test_the_database_refuses_counts_that_do_not_conserve(
    warehouse_db: Settings, land_batch: Land, lie: dict[str, Any]
) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation):
        land_batch(batch_of(ROWS), replace(draft(3), **lie))

    assert fetch(warehouse_db, "select (select count(*) from raw.punches), (select count(*) from raw.pulls)") == [
        (0, 0)
    ]


@pytest.mark.db
@pytest.mark.parametrize("lost", ["new_count", "rejected_count"])
def test_the_database_counts_the_rows_itself(
    warehouse_db: Settings, land_batch: Land, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    def forget_one(cursor: Any, row: PullRow) -> PullRow:
        moved = replace(row, **{lost: getattr(row, lost) - 1}, duplicate_count=row.duplicate_count + 1)
        return ledger_append(cursor, moved)

    ledger_append = ledger.append
    monkeypatch.setattr(landing.ledger, "append", forget_one)

    with pytest.raises(psycopg2.errors.CheckViolation, match="are stored"):
        land_batch(batch_of(ROWS, [Rejected(1)]))


@pytest.mark.db
def test_raw_cannot_be_changed_even_by_its_owner(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of(ROWS))
    connection = connect_superuser(warehouse_db)
    for statement in ("delete from raw.punches", "update raw.pulls set new_count = 0", "delete from raw.pulls"):
        with (
            pytest.raises(psycopg2.errors.RaiseException, match="hanya boleh ditambah"),
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    connection.close()


@pytest.mark.db
def test_a_failure_after_the_copy_leaves_nothing(
    warehouse_db: Settings, land_batch: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(landing, "write_evidence", no_space)

    with pytest.raises(OSError, match="No space"):
        land_batch(batch_of(ROWS))

    counts = "select (select count(*) from raw.punches), (select count(*) from raw.pulls)"
    assert fetch(warehouse_db, counts) == [(0, 0)]


@pytest.mark.db
def test_evidence_lies_under_its_hash(warehouse_db: Settings, land_batch: Land) -> None:
    row = land_batch(batch_of(ROWS), evidence=b"what the terminal said")

    assert row.evidence_sha256 == hashlib.sha256(b"what the terminal said").hexdigest()
    assert read_evidence(warehouse_db.evidence_dir, row.evidence_sha256) == b"what the terminal said"


def test_evidence_is_for_its_own_account_alone(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of(ROWS), evidence=b"what the terminal said")

    assert warehouse_db.evidence_dir.stat().st_mode & 0o077 == 0


@pytest.fixture
def people(warehouse_db: Settings) -> None:
    """A and B may use CLG0001 through their office; C has a PIN at the terminal alone, until 10 February."""
    register_city(warehouse_db)
    register_terminal(warehouse_db, "CLG0001", installed_on=date(2017, 2, 1))
    give_pin(warehouse_db, "101", "A")
    give_pin(warehouse_db, "102", "B", valid_from=date(2017, 2, 27))
    give_pin(warehouse_db, "103", "C", scope="terminal", scope_code="CLG0001", valid_to=date(2017, 2, 10))


def touched(settings: Settings, cause: str) -> dict[str, list[str]]:
    rows = fetch(
        settings,
        "select employee_id, array_agg(distinct to_char(work_date, 'MM-DD') order by to_char(work_date, 'MM-DD'))"
        " from ops.touched where cause = %s group by 1",
        cause,
    )
    return {str(employee): list(days) for employee, days in rows}  # type: ignore[call-overload]


@pytest.mark.db
@pytest.mark.usefixtures("way_by_size")
@pytest.mark.usefixtures("people")
def test_a_known_pin_touches_its_employee_for_three_days(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of([("101", AT), ("101", AT + timedelta(days=9))]), draft(2))

    assert touched(warehouse_db, "landing") == {"A": ["02-28", "03-01", "03-02", "03-09", "03-10", "03-11"]}


@pytest.mark.db
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("pin", ["999", "103"])  # never known, no longer valid
def test_an_unknown_pin_touches_everybody_who_may_use_the_terminal(
    warehouse_db: Settings, land_batch: Land, pin: str
) -> None:
    land_batch(batch_of([(pin, AT)]))

    assert touched(warehouse_db, "landing") == {name: ["02-28", "03-01", "03-02"] for name in "AB"}


@pytest.mark.db
@pytest.mark.usefixtures("people")
def test_coverage_touches_everybody_from_the_day_before_the_last_one(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of([]), replace(draft(0), covers_until_local=datetime(2017, 2, 2, 17)))
    first = touched(warehouse_db, "coverage")
    land_batch(batch_of([]), replace(draft(0), covers_until_local=datetime(2017, 2, 27, 17)))
    second = touched(warehouse_db, "coverage")
    land_batch(batch_of([]), replace(draft(0), covers_until_local=datetime(2017, 2, 27, 17)))

    assert first["A"] == ["02-01", "02-02"]
    assert "B" not in first
    assert second["B"] == ["02-27"]
    assert second["C"][-1] == "02-09"
    assert touched(warehouse_db, "coverage") == second  # it did not move


@pytest.mark.db
@pytest.mark.usefixtures("people")
def test_a_reject_touches_everybody_between_its_neighbours(warehouse_db: Settings, land_batch: Land) -> None:
    rows = [("101", datetime(2017, 2, 5, 8)), ("101", datetime(2017, 2, 12, 8))]

    land_batch(batch_of(rows, [Rejected(1)]))

    assert touched(warehouse_db, "landing")["C"] == [f"02-{day:02}" for day in range(4, 10)]  # valid until 9 February
    assert touched(warehouse_db, "landing")["A"] == [f"02-{day:02}" for day in range(4, 14)]


@pytest.mark.db
@pytest.mark.usefixtures("people")
def test_an_old_punch_that_comes_late_touches_everybody(warehouse_db: Settings, land_batch: Land) -> None:
    land_batch(batch_of([("101", AT)]))
    before = touched(warehouse_db, "landing")
    land_batch(batch_of([("101", datetime(2017, 2, 7, 8))], first=1), draft(1, known=1))

    assert "C" not in before
    assert touched(warehouse_db, "landing")["C"] == ["02-06", "02-07", "02-08"]


@pytest.mark.db
@pytest.mark.usefixtures("people")
def test_every_touched_day_names_its_pull(warehouse_db: Settings, land_batch: Land) -> None:
    first = land_batch(batch_of([("101", AT), ("999", AT)], [Rejected(1)]))
    second = land_batch(batch_of([]), replace(draft(0), covers_until_local=COVERED + timedelta(days=1)))

    named = fetch(warehouse_db, "select distinct pull_id, cause from ops.touched order by 1, 2")
    assert named == [(first.pull_id, "coverage"), (first.pull_id, "landing"), (second.pull_id, "coverage")]


@pytest.mark.unit
def test_an_equal_prefix_leaves_the_tail() -> None:
    old, log = b"a" * 80, b"a" * 80 + b"b" * 40
    proof = prove_prefix(log, 40, KnownPrefix(3, 2, ((2, hashlib.sha256(old).hexdigest()),), 2))

    assert (proof.epoch, proof.known_count, proof.prefix_sha256) == (3, 2, hashlib.sha256(log).hexdigest())


@pytest.mark.unit
@pytest.mark.parametrize("log", [b"a" * 40, b"a" * 79 + b"c" + b"b" * 40, b""])
def test_an_unequal_or_shorter_prefix_is_a_new_epoch(log: bytes) -> None:
    proof = prove_prefix(log, 40, KnownPrefix(3, 2, ((2, hashlib.sha256(b"a" * 80).hexdigest()),), 2))

    assert (proof.epoch, proof.known_count, proof.prefix_sha256) == (4, 0, hashlib.sha256(log).hexdigest())


@pytest.mark.unit
@given(st.lists(st.tuples(st.sampled_from(["1", "2", "1" * 20, "1" * 21]), st.integers(0, 5)), max_size=60))
def test_first_of_each_is_what_a_set_would_keep(keys: list[tuple[str, int]]) -> None:
    seen: set[tuple[str, int]] = set()
    expected = [not (key in seen or seen.add(key)) for key in keys]  # type: ignore[func-returns-value]

    keep = punches.first_of_each(batch_of([(pin, AT + timedelta(seconds=second)) for pin, second in keys]))

    assert (keep.tolist() if keep is not None else [True] * len(keys)) == expected


@pytest.mark.unit
def test_broken_evidence_is_told(tmp_path: Any) -> None:
    sha256 = hashlib.sha256(b"x").hexdigest()
    write_evidence(tmp_path, b"x", sha256)
    write_evidence(tmp_path, b"x", sha256)

    assert evidence_path(tmp_path, sha256) == tmp_path / sha256[:2] / sha256[2:4] / sha256
    assert read_evidence(tmp_path, sha256) == b"x"
    write_evidence(tmp_path, b"y", hashlib.sha256(b"z").hexdigest())
    for name in (hashlib.sha256(b"z").hexdigest(), "0" * 64):
        with pytest.raises(EvidenceBroken):
            read_evidence(tmp_path, name)

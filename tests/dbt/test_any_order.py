"""Terminals in any order, their logs in any parts, builds in between or at the end: the same marts.

One working week of the hand-written town, landed by the real landing and passed by the real gate: people who are late,
leave early, do not come, a night guard, a PIN that nobody knows, and a terminal whose log comes as USB files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from psycopg2 import sql

from expectations.gate import check
from tests.support import conservation
from tests.support.contents import Contents, contents
from tests.support.decoded import Punch, rows_of
from tests.support.golden_town import PLACES, Town, town_punches
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect, connect_superuser
from warehouse.landing import land
from warehouse.ledger import Channel, PullRow, known_prefix, terminal_lock
from warehouse.prefix import prove_prefix
from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

NOW = datetime.fromisoformat("2017-02-11T08:00+07:00")
COVERED = {
    "T-B": datetime(2017, 2, 11, 8),
    "T-D": datetime(2017, 2, 11, 8),
    "T-K": datetime(2017, 2, 9, 17),
}
BY_FILE = "T-K"
STRANGER = (datetime(2017, 2, 7, 7, 31), "999")
MOST_PARTS = 3
# Which pull brought a punch, and when: the same log in other parts has other pulls.
IGNORED = {"build_id", "pull_id", "evidence_sha256"}


@dataclass(frozen=True)
class Order:
    """How the logs come: each serial once per part, in the order of landing; `builds_after` these landings.

    `file_order` sorts the parts of the terminal that has no network: an older file may come after a newer one.
    """

    serials: tuple[str, ...]
    file_order: tuple[int, ...]
    builds_after: frozenset[int]


def log_of(serial: str) -> list[Punch]:
    """What the terminal holds on that Saturday morning."""
    people, _ = PLACES[serial]
    strangers = [STRANGER] if serial == "T-D" else []
    return sorted(one for one in [*town_punches(people), *strangers] if one[0] < COVERED[serial])


def part_ends(serial: str, count: int) -> list[int]:
    """Where the parts of a log end: even parts, the last one with all that is left."""
    size = len(log_of(serial))
    return [size * (number + 1) // count for number in range(count)]


def land_to(settings: Settings, serial: str, end: int) -> None:
    """Lands the log up to a place: over the network what is new, from a file all of it."""
    log = log_of(serial)
    covered = COVERED[serial] if end == len(log) else log[end - 1][0]
    channel: Channel = "usb_file" if serial == BY_FILE else "zk"
    draft = PullRow(serial, channel, "ok", NOW, NOW, covers_until_local=covered)
    lines = [f"{pin}\t{at}\n".encode().ljust(40) for at, pin in log[:end]]
    conn = connect(settings, "loader")
    with terminal_lock(conn, serial):
        known = 0
        if channel == "zk":
            with conn, conn.cursor() as cursor:
                proof = prove_prefix(b"".join(lines), 40, known_prefix(cursor, serial))
            known = proof.known_count
            draft = PullRow(
                serial, channel, "ok", NOW, NOW, epoch=proof.epoch, counted_before=end, counted_after=end,
                known_prefix=known, device_clock_local=covered, clock_drift_s=0, covers_until_local=covered,
                prefix_sha256=proof.prefix_sha256,
            )  # fmt: skip
        land(conn, draft, rows_of(log[known:end], range(known, end)), evidence=b"".join(lines[known:]),
             evidence_dir=settings.evidence_dir, clock=lambda: NOW)  # fmt: skip
    conn.close()


def take_in(settings: Settings, order: Order) -> None:
    """Lands everything in this order, and builds where it says and at the end."""
    left = {serial: part_ends(serial, order.serials.count(serial)) for serial in set(order.serials)}
    files = left.get(BY_FILE, [])
    left[BY_FILE] = [end for _, end in sorted(zip(order.file_order, files, strict=False))]
    for number, serial in enumerate(order.serials):
        land_to(settings, serial, left[serial].pop(0))
        if number in order.builds_after:
            check_and_build(settings)
    check_and_build(settings)


def check_and_build(settings: Settings) -> None:
    check(settings, clock_at(NOW))
    build(settings, clock_at(NOW))


@pytest.fixture(scope="module")
def afresh(module_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Settings]]:
    """The town with nothing read yet, in a database that each call makes anew under the same name."""
    Town(module_db, tmp_path_factory.mktemp("order") / "situs").load()
    build(module_db, clock_at(NOW))
    base, name = sql.Identifier(module_db.pg_database), sql.Identifier("any_order")
    conn = connect_superuser(module_db, "postgres")
    conn.autocommit = True
    made = module_db.model_copy(update={"pg_database": "any_order"})

    def drop() -> None:
        with conn.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (made.pg_database,))
            if cursor.fetchone():
                conservation.look_at(made)
            cursor.execute(sql.SQL("drop database if exists {} with (force)").format(name))

    def make() -> Settings:
        drop()
        with conn.cursor() as cursor:
            cursor.execute(sql.SQL("create database {} template {}").format(name, base))
        return made

    yield make
    drop()
    conn.close()


@pytest.fixture(scope="module")
def in_one_go(afresh: Callable[[], Settings]) -> tuple[Contents, Contents]:
    """The marts when all terminals but the one without network were read, and when its file came as well."""
    town = afresh()
    take_in(town, Order(("T-B", "T-D"), (), frozenset()))
    without_file = contents(town, IGNORED)
    take_in(town, Order((BY_FILE,), (0,), frozenset()))
    return without_file, contents(town, IGNORED)


def test_twin_a_terminal_that_is_not_read_makes_other_marts(in_one_go: tuple[Contents, Contents]) -> None:
    without_file, whole = in_one_go

    assert {table for table in whole if whole[table] != without_file[table]} >= {
        "marts.fct_shift_attendance", "marts.fct_daily_attendance", "marts.fct_coverage", "raw.punches",
    }  # fmt: skip
    assert len(whole["dq.quarantine"]) == 1


orders = st.builds(
    Order,
    st.lists(st.integers(1, MOST_PARTS), min_size=3, max_size=3)
    .map(lambda counts: [serial for serial, count in zip(PLACES, counts, strict=True) for _ in range(count)])
    .flatmap(st.permutations)
    .map(tuple),
    st.permutations(range(MOST_PARTS)).map(tuple),
    st.frozensets(st.integers(0, 3 * MOST_PARTS), max_size=1),
)


# No shrinking: an example takes seconds, and its order is readable as it stands.
@settings(
    max_examples=2, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(order=orders)
@example(order=Order(("T-K", "T-D", "T-K", "T-B", "T-D"), (1, 0), frozenset({2})))
def test_any_order_gives_the_same_marts(
    afresh: Callable[[], Settings], in_one_go: tuple[Contents, Contents], order: Order
) -> None:
    town = afresh()

    take_in(town, order)

    found = contents(town, IGNORED)
    assert [table for table, rows in in_one_go[1].items() if found[table] != rows] == []

"""Landing a million new rows against the bare COPY, and reading known logs again against landing them again."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from psycopg2.extensions import connection as Connection

from benchmarks.ratio import Figure, side_by_side
from extractors.layouts import ZK40, decode
from extractors.records import PunchBatch, TimeBounds
from warehouse import ledger
from warehouse.clock import clock_for
from warehouse.connection import connect, connect_superuser
from warehouse.landing import land
from warehouse.ledger import PullRow
from warehouse.prefix import prove_prefix
from warehouse.settings import Settings

ROWS = 1_000_000
TERMINALS, KNOWN, NEW = 30, 30_000, 40
CLOCK_WALL = datetime(2017, 12, 31, 17)
RECORD = np.dtype({"names": ["pin", "verify", "time", "state"], "formats": ["S24", "u1", "<u4", "u1"],
                   "offsets": [2, 26, 27, 31], "itemsize": 40})  # fmt: skip
# The limit: one COPY of ready text straight into a table with the key and the months of raw.punches, nothing else.
LIMIT_TABLE = """
create schema bench;
create table bench.punches (like raw.punches including defaults, primary key (terminal_serial, pin, punched_at_local))
partition by range (punched_at_local);
"""
LIMIT_MONTH = (
    "create table bench.p{0} partition of bench.punches for values from ('2017-{0:02}-01') to ('{1}-{2:02}-01')"
)


def log_of(count: int, seed: int, year: int = 2017, days: range = range(28 * 12)) -> bytes:
    """A log of 6,000 people in order of days (12 months of 28 days); no second of a person twice."""
    rng = np.random.default_rng(seed)
    records = np.zeros(count, RECORD)
    records["pin"] = (100_000_000 + np.arange(count) % 6000).astype("S9")
    day = np.sort(rng.integers(days.start, days.stop, count))
    records["time"] = ((year % 100 * 12 + day // 28) * 31 + day % 28) * 86_400 + 21_600
    records["time"] += (np.arange(count) // 6000 % 7 * 6171 + rng.integers(0, 6171, count)).astype(np.uint32)
    return records.tobytes()


@dataclass(frozen=True)
class Bench:
    settings: Settings
    loader: Connection
    owner: Connection

    def pull(self, serial: str, log: bytes) -> PullRow:
        """Everything from the bytes of a complete log to the commit: proof, decoding, evidence, rows, ledger, days."""
        clock = clock_for("2017-12-31T17:00", 0, self.settings.zone)
        with self.loader, self.loader.cursor() as cursor:
            known = ledger.known_prefix(cursor, serial)
        proof = prove_prefix(log, 40, known)
        tail = memoryview(log)[proof.known_count * 40 :]
        batch = decode(ZK40, tail, TimeBounds(latest=CLOCK_WALL), proof.known_count)
        draft = PullRow(serial, "zk", "ok", clock(), clock(), epoch=proof.epoch, known_prefix=proof.known_count,
                        counted_before=len(log) // 40, counted_after=len(log) // 40, covers_until_local=CLOCK_WALL,
                        device_clock_local=CLOCK_WALL, prefix_sha256=proof.prefix_sha256)  # fmt: skip
        return land(self.loader, draft, batch, evidence=tail, evidence_dir=self.settings.evidence_dir, clock=clock)

    def copy_straight(self, text: str) -> None:
        with self.owner, self.owner.cursor() as cursor:
            cursor.copy_expert("copy bench.punches from stdin", io.StringIO(text))

    def land_again(self, serial: str, log: bytes) -> None:
        """What is done without a proof: everything into a temporary table, on conflict do nothing."""
        batch = decode(ZK40, log, TimeBounds(latest=CLOCK_WALL))
        with self.owner, self.owner.cursor() as cursor:
            cursor.execute("create temporary table again (like raw.punches) on commit drop")
            cursor.copy_expert("copy again from stdin", io.StringIO(rows_text(serial, batch)))
            cursor.execute("insert into raw.punches select * from again on conflict do nothing")


def rows_text(serial: str, batch: PunchBatch) -> str:
    times = np.datetime_as_string(batch.punched_at)
    return "".join(
        f"{serial}\t{pin.decode()}\t{at}\t{state}\t{verify}\t{work}\t1\t{ordinal}\tzk\t1\t2017-12-31 10:00+00\n"
        for pin, at, state, verify, work, ordinal in zip(
            batch.pin, times, batch.state, batch.verify, batch.work_code, batch.ordinal, strict=True
        )
    )


def run(settings: Settings) -> list[Figure]:
    with connect_superuser(settings) as conn, conn.cursor() as cursor:
        cursor.execute(LIMIT_TABLE)
        for month in range(1, 13):
            cursor.execute(LIMIT_MONTH.format(month, 2017 + month // 12, month % 12 + 1))
    bench = Bench(settings, connect(settings, "loader"), connect_superuser(settings))
    figures = [_new_terminal(bench), _grown_log(bench), *_known_logs(bench)]
    bench.loader.close()
    bench.owner.close()
    return figures


def _texts(count: int) -> list[str]:
    return [rows_text(f"L{n}", decode(ZK40, log_of(ROWS, 40 + n), TimeBounds(latest=CLOCK_WALL))) for n in range(count)]


def _new_terminal(bench: Bench) -> Figure:
    logs, texts = iter([log_of(ROWS, n, 2016) for n in range(3)]), iter(_texts(3))
    serials = iter("ABC")
    return side_by_side("land 1,000,000 rows of a new terminal / COPY", lambda: bench.pull(next(serials), next(logs)),
                        lambda: bench.copy_straight(next(texts)), aim="<= 2.5", rounds=3)  # fmt: skip


def _grown_log(bench: Bench) -> Figure:
    """The terminals of the benchmark before, each with a second year behind the known one."""
    logs = iter([log_of(ROWS, n, 2016) + log_of(ROWS, 20 + n) for n in range(3)])
    texts = iter([text.replace("L", "M") for text in _texts(3)])
    serials = iter("ABC")
    return side_by_side("land 1,000,000 rows more of known terminals / COPY",
                        lambda: bench.pull(next(serials), next(logs)), lambda: bench.copy_straight(next(texts)),
                        aim="<= 2.5", rounds=3)  # fmt: skip


def _known_logs(bench: Bench) -> list[Figure]:
    """Known logs read again: as they were, and each grown by 40 punches of one day."""
    logs = {f"R{n}": log_of(KNOWN, 100 + n, 2016) for n in range(TERMINALS)}
    days = iter(range(336))

    def ours() -> None:
        for serial, log in logs.items():
            bench.pull(serial, log)

    def grown() -> None:
        day = next(days)
        for serial, log in list(logs.items()):
            logs[serial] = log + log_of(NEW, len(log), days=range(day, day + 1))
        ours()

    def again() -> None:
        for serial, log in logs.items():
            bench.land_again(serial, log)

    ours()
    return [
        side_by_side("30 known logs again: temp COPY + on conflict / proof", ours, again, aim=">= 20", peer=True),
        side_by_side("30 logs grown by 40: temp COPY + on conflict / proof", grown, again, aim="", peer=True),
    ]

"""What it means that a terminal calls: it lives, and its log is here up to now, unless something is outstanding.

A terminal sends its records before it polls. As long as it calls without a pause and nothing of it was turned away,
all that it holds is here. After a handshake, a pause or a refusal that is not known any more: the terminal is asked
for the period once more (`DATA QUERY ATTLOG`), and until it has answered, coverage stands still. Presence becomes one
row of raw.pulls every few minutes, as often as a terminal on the network is read, not one per call.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final, Literal

import numpy as np
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from extractors.drivers.adms import ERROR_DELAY_S, CommandResult, DeviceInfo, query_command
from extractors.records import PunchBatch
from extractors.registry import Terminal
from warehouse.clock import Clock
from warehouse.landing import land
from warehouse.ledger import PullRow, terminal_lock
from warehouse.settings import Settings

QueryReason = Literal["first", "handshake", "silence", "refused", "asked"]

PRESENCE_EVERY: Final = timedelta(minutes=5)
SEEN_EVERY: Final = timedelta(minutes=1)
SILENCE: Final = timedelta(minutes=10)
# Long enough for a terminal to have sent again what was not taken: it waits ERROR_DELAY_S before that.
SETTLED_AFTER: Final = timedelta(seconds=4 * ERROR_DELAY_S)
LAG: Final = timedelta(seconds=60)  # a record may be on its way that long
MARGIN: Final = timedelta(minutes=5)  # asked for once more before what is known
ASK_AGAIN_AFTER: Final = timedelta(minutes=10)
NO_PUNCHES: Final = PunchBatch(
    np.zeros(0, np.int64), np.zeros(0, "S24"), np.zeros(0, "datetime64[s]"), *(np.zeros(0, np.int64),) * 3, []
)

_COVERED: Final = "select max(covers_until_local) from raw.pulls where terminal_serial = %s and outcome = 'ok'"
_SEEN: Final = """
insert into ops.push_terminals (terminal_serial, seen_at, firmware, record_count)
values (%(serial)s, %(now)s, %(firmware)s, %(record_count)s)
on conflict (terminal_serial) do update set
    seen_at = greatest(push_terminals.seen_at, excluded.seen_at),
    firmware = coalesce(excluded.firmware, push_terminals.firmware),
    record_count = coalesce(excluded.record_count, push_terminals.record_count)
"""
# A longer period replaces the open ones: their answers say nothing about it.
_REPLACE: Final = """
update ops.push_queries set closed_at = %(now)s
where terminal_serial = %(serial)s and closed_at is null
returning from_local
"""
_QUEUE: Final = """
insert into ops.push_queries (terminal_serial, from_local, to_local, reason, queued_at)
values (%(serial)s, %(from_local)s, %(to_local)s, %(reason)s, %(now)s)
"""
_NEXT: Final = """
update ops.push_queries set sent_at = %(now)s
where query_id = (
    select query_id from ops.push_queries
    where terminal_serial = %(serial)s and closed_at is null and return_code is null
        and (sent_at is null or sent_at <= %(again)s)
    order by query_id limit 1
)
returning query_id, from_local, to_local
"""
# Done only if nothing of the terminal was turned away since it was asked; else it is asked once more.
_ANSWER: Final = """
update ops.push_queries as query set
    return_code = case when %(code)s >= 0 and is_spoiled then null else %(code)s end,
    closed_at = case when %(code)s >= 0 and not is_spoiled then %(now)s end,
    sent_at = case when %(code)s >= 0 and is_spoiled then null else sent_at end
from (
    select coalesce(refused_at >= asked.sent_at, false) as is_spoiled, asked.query_id
    from ops.push_queries as asked
    left join ops.push_terminals using (terminal_serial)
    where asked.query_id = %(query_id)s and asked.terminal_serial = %(serial)s
        and asked.closed_at is null and asked.sent_at is not null
) as answered
where query.query_id = answered.query_id
"""
_STANDING: Final = """
select
    state.presence_at, state.clock_drift_s, state.firmware, state.record_count,
    (
        select max(queries.closed_at) from ops.push_queries as queries
        where queries.terminal_serial = state.terminal_serial
    ) as asked_until,
    exists (
        select from ops.push_queries as queries
        where queries.terminal_serial = state.terminal_serial and queries.closed_at is null
            and queries.to_local > %(covered)s
    ) as is_owing
from ops.push_terminals as state
where state.terminal_serial = %(serial)s
"""


@dataclass(frozen=True, slots=True)
class _Known:
    """What this process remembers: since when a terminal calls without a pause, its last call, the last one written."""

    since: datetime
    last: datetime
    written: datetime


def covered_until(cursor: Cursor, terminal: Terminal) -> datetime:
    """Up to which wall time the terminal's log is here; before it was installed there is none."""
    cursor.execute(_COVERED, (terminal.serial,))
    found = cursor.fetchone()
    return found[0] if found and found[0] else datetime.combine(terminal.installed_on, time.min)


def is_answering(cursor: Cursor, terminal: Terminal) -> bool:
    """It was asked for a period and has not said that it is done: what it sends may be old."""
    cursor.execute(
        "select exists (select from ops.push_queries where terminal_serial = %s and sent_at is not null"
        " and closed_at is null and return_code is null)",
        (terminal.serial,),
    )
    return bool((cursor.fetchone() or (False,))[0])


class Presence:
    """Who calls, since when, and what follows from it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._written_down: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def is_connected(self, serial: str, within: timedelta) -> bool:
        """It has called a moment ago: what it sends now has just happened."""
        with self._lock:
            known = self._known.get(serial)
        return known is not None and known.since < known.last and self._clock() - known.last <= within

    def meet(self, connection: Connection, terminal: Terminal, info: DeviceInfo, *, is_handshake: bool = False) -> None:
        """A terminal calls: after a pause it is to be asked for what is missing."""
        now = self._clock()
        with self._lock:
            known = self._known.get(terminal.serial)
        with connection, connection.cursor() as cursor:
            reason, since = self._pause(cursor, terminal, known, now)
            if is_handshake and reason is None:
                reason = "handshake"
            is_news = info.firmware is not None or info.record_count is not None
            written = known.written if known else None
            if written is None or reason is not None or is_news or now - written >= SEEN_EVERY:
                cursor.execute(
                    _SEEN,
                    {
                        "serial": terminal.serial, "now": now, "firmware": info.firmware,
                        "record_count": info.record_count,
                    },
                )  # fmt: skip
                written = now
            if reason is not None:
                queue_query(cursor, terminal, self._clock, reason)
        with self._lock:
            self._known[terminal.serial] = _Known(since, now, written)

    def _pause(
        self, cursor: Cursor, terminal: Terminal, known: _Known | None, now: datetime
    ) -> tuple[QueryReason | None, datetime]:
        """Whether it was away, and since when it is here."""
        if known is not None:
            return (None, known.since) if now - known.last <= SILENCE else ("silence", now)
        cursor.execute("select seen_at from ops.push_terminals where terminal_serial = %s", (terminal.serial,))
        found = cursor.fetchone()
        if found is None:
            return "first", now
        return (None if now - found[0] <= SILENCE else "silence"), now

    def unsettle(self, serial: str) -> None:
        """Something of it was not taken: what follows from its calls begins anew."""
        now = self._clock()
        with self._lock:
            known = self._known.get(serial)
            if known is not None:
                self._known[serial] = replace(known, since=now)

    def refuse(self, connection: Connection, terminal: Terminal) -> None:
        """A body was turned away for good: the terminal is asked again for what is not known."""
        self.unsettle(terminal.serial)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "update ops.push_terminals set refused_at = %s where terminal_serial = %s",
                (self._clock(), terminal.serial),
            )
            queue_query(cursor, terminal, self._clock, "refused")

    def write_down(self, connection: Connection, terminal: Terminal) -> PullRow | None:
        """Every few minutes the row of raw.pulls that says that the terminal lives and how far its log is here."""
        now = self._clock()
        if now - self._written_down.get(terminal.serial, datetime.min.replace(tzinfo=now.tzinfo)) < PRESENCE_EVERY:
            return None
        with connection, connection.cursor() as cursor:
            covered = covered_until(cursor, terminal)
            cursor.execute(_STANDING, {"serial": terminal.serial, "covered": covered})
            presence_at, drift_s, firmware, record_count, asked_until, is_owing = cursor.fetchone() or (None,) * 6
        if presence_at is not None and now - presence_at < PRESENCE_EVERY:
            self._written_down[terminal.serial] = presence_at
            return None
        with self._lock:
            known = self._known.get(terminal.serial)
        is_settled = known is not None and now - max(known.since, asked_until or known.since) >= SETTLED_AFTER
        until = covered
        if is_settled and not is_owing:
            until = max(covered, terminal.wall(self._clock) - LAG + timedelta(seconds=min(0, drift_s or 0)))
        draft = PullRow(
            terminal.serial, "push", "ok", now, now, source="presence", counted_before=record_count,
            counted_after=record_count, device_clock_local=None, clock_drift_s=drift_s, covers_until_local=until,
            firmware=firmware,
        )  # fmt: skip
        with terminal_lock(connection, terminal.serial):
            row = land(
                connection, draft, NO_PUNCHES, evidence=b"", evidence_dir=self._settings.evidence_dir, clock=self._clock
            )
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "update ops.push_terminals set presence_at = %s where terminal_serial = %s", (now, terminal.serial)
            )
        self._written_down[terminal.serial] = now
        return row


def queue_query(
    cursor: Cursor, terminal: Terminal, clock: Clock, reason: QueryReason, span: tuple[datetime, datetime] | None = None
) -> None:
    """Notes a period that the terminal is to send once more; without a span from what is known until now."""
    now = clock()
    start, end = span or (covered_until(cursor, terminal) - MARGIN, terminal.wall(clock))
    values = {"serial": terminal.serial, "now": now, "reason": reason}
    cursor.execute(_REPLACE, values)
    start = min([start, *(begin for (begin,) in cursor.fetchall())])
    start = max(start, datetime.combine(terminal.installed_on, time.min))
    cursor.execute(_QUEUE, {**values, "from_local": start, "to_local": max(end, start + MARGIN)})


def next_command(connection: Connection, terminal: Terminal, clock: Clock) -> str | None:
    """What the terminal is asked for now; the same again only when it has not answered for a while."""
    now = clock()
    with connection, connection.cursor() as cursor:
        cursor.execute(_NEXT, {"serial": terminal.serial, "now": now, "again": now - ASK_AGAIN_AFTER})
        found = cursor.fetchone()
    return query_command(*found) if found else None


def take_results(connection: Connection, terminal: Terminal, results: list[CommandResult], clock: Clock) -> None:
    """Notes what a terminal answered to what it was asked; answers to anything else are ignored."""
    with connection, connection.cursor() as cursor:
        for result in results:
            cursor.execute(
                _ANSWER,
                {
                    "query_id": result.command_id, "serial": terminal.serial, "code": result.return_code,
                    "now": clock(),
                },
            )  # fmt: skip

"""The ledger row of an attempt that brought nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from psycopg2.extensions import cursor as Cursor

from extractors.drivers.zk import Contact
from extractors.errors import ReadFailed
from warehouse.clock import Clock
from warehouse.ledger import PullRow


def failed_row(draft: PullRow, contact: Contact, failure: ReadFailed, clock: Clock) -> PullRow:
    """The ledger row of an attempt that brought nothing, with what became known before it failed."""
    return replace(
        draft,
        outcome="unreachable" if failure.is_unreachable else "refused",
        finished_at=clock(),
        counted_before=contact.counted_before,
        counted_after=contact.counted_after,
        capacity=contact.capacity,
        device_clock_local=contact.device_clock,
        clock_drift_s=contact.clock_drift_s,
        bytes=contact.bytes_received,
        error_class=failure.error_class,
        error_phase=failure.phase,
        error_message=str(failure),
    )


def noting_stranger(contact: Contact, address: str | None) -> Callable[[Cursor, PullRow], None]:
    """Writes beside a refused attempt which other terminal answered, if another one did."""

    def note(cursor: Cursor, row: PullRow) -> None:
        if contact.serial is not None and contact.serial != row.terminal_serial:
            cursor.execute(
                "insert into raw.terminal_sightings (pull_id, terminal_serial, found_serial, address)"
                " values (%s, %s, %s, %s)",
                (row.pull_id, row.terminal_serial, contact.serial, address),
            )

    return note

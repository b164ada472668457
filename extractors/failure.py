"""The ledger row of an attempt that brought nothing."""

from __future__ import annotations

from dataclasses import replace

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

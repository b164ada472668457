"""Waits for what terminals push, so that a build follows within seconds and not with the next round of pulls."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from extractors.loader import loader_connection
from warehouse.settings import Settings

LOOK_EVERY_S: Final = 2.0

# New punches behind the last check. Coverage that moved waits for the next round of pulls: it changes no good outcome.
_FRESH: Final = """
select exists (
    select from raw.pulls
    where channel = 'push' and new_count > 0
        and pull_id > coalesce((select max(checked_through_pull) from dq.check_runs), 0)
)
"""


def wait_for_pushed(
    settings: Settings,
    patience_s: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> bool:
    """True as soon as there are pushed punches that no check has seen, false when none came in time.

    Raises:
        Problem: the database is away.
    """
    end = monotonic() + patience_s
    with loader_connection(settings) as connection:
        while True:
            with connection, connection.cursor() as cursor:
                cursor.execute(_FRESH)
                (is_fresh,) = cursor.fetchone() or (False,)
            if is_fresh or monotonic() >= end:
                return bool(is_fresh)
            sleep(LOOK_EVERY_S)

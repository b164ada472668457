"""What a benchmark says: ours beside a limit or a peer, in one run, as a ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: seconds of both sides, their ratio, and what was aimed at."""

    what: str
    ours_s: float
    other_s: float
    ratio: float
    aim: str

    def line(self) -> str:
        return f"{self.what:<52} {self.ours_s:>9.3f} {self.other_s:>9.3f} {self.ratio:>9.2f}  {self.aim}"


HEADER = f"{'':<52} {'ours s':>9} {'other s':>9} {'ratio':>9}  aim"


def seconds(action: Action) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def side_by_side(what: str, ours: Action, other: Action, *, aim: str, rounds: int = 5, peer: bool = False) -> Figure:
    """Runs both in turn and takes the median of the pairs' ratios, so that a drift of the machine hits both.

    The ratio is ours/other (a limit: small is good) or, for a `peer`, other/ours (large is good).
    """
    pairs = [(seconds(ours), seconds(other)) for _ in range(rounds)]
    ratios = [theirs / mine if peer else mine / theirs for mine, theirs in pairs]
    return Figure(
        what,
        statistics.median(mine for mine, _ in pairs),
        statistics.median(theirs for _, theirs in pairs),
        statistics.median(ratios),
        aim,
    )

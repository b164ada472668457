"""Faults that a test orders beforehand: a line that is cut, an answer that is wrong or late."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Fault:
    """Strikes the next `times` requests whose method and path fit.

    Kinds: `reset` cuts the line before anything is done, `reset_after` after the work is done and before the answer
    (the sender cannot know), `status` answers `status` with `body`, `slow` waits `seconds` and then answers.
    """

    kind: Literal["reset", "reset_after", "status", "slow"]
    method: str = "GET"
    path: str = ".*"
    times: int = 1
    status: int = 500
    body: str = "Internal Server Error"
    seconds: float = 0.0

    def strikes(self, method: str, path: str) -> bool:
        """True when this request is struck; counts itself down."""
        if self.times < 1 or method != self.method or not re.fullmatch(self.path, path):
            return False
        self.times -= 1
        return True

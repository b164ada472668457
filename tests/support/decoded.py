"""Punches as a decoder hands them to the landing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

Punch = tuple[datetime, str]


@dataclass
class Rows:
    """Columns as a decoder gives them."""

    pin: Any
    punched_at: Any
    ordinal: Any
    state: Any
    verify: Any
    work_code: Any
    rejects: Sequence[Any] = ()


def rows_of(punches: Sequence[Punch], ordinals: Sequence[int], rejects: Sequence[Any] = ()) -> Rows:
    """Times and PINs at their places in the log; `rejects` are what stands between them."""
    count = len(punches)
    return Rows(
        pin=np.array([pin.encode() for _, pin in punches], "S24"),
        punched_at=np.array([at for at, _ in punches], "datetime64[s]"),
        ordinal=np.array(ordinals, np.int64),
        state=np.zeros(count, np.int64),
        verify=np.ones(count, np.int64),
        work_code=np.zeros(count, np.int64),
        rejects=rejects,
    )

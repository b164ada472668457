"""What can happen to a person on a working day: each script holds both its punches and its truth.

The truth of a script (statuses, matters, roll call) is written down here beside what the person does; nothing of it is
worked out from punches. Status words and matters are those of the worked examples (S-7, S-8 and S-11 of the semantics).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Arrive(IntEnum):
    """The first punch: none, up to 07:30:59, late by planted minutes, late with permission, before the roll call."""

    NONE = 0
    ON_TIME = 1
    LATE = 2
    PERMITTED = 3
    BEFORE_WINDOW = 4


class Leave(IntEnum):
    """The last punch: none, after the end, early by planted minutes, early with permission, still in the morning."""

    NONE = 0
    ON_TIME = 1
    EARLY = 2
    PERMITTED = 3
    MORNING = 4


class Apel(IntEnum):
    """Roll call of a person who is expected: by his punch (late or not), never there, excused."""

    BY_ARRIVAL = 0
    MISSED = 1
    EXCUSED = 2


@dataclass(frozen=True, slots=True)
class Excuse:
    """A row of excuses.csv that belongs to a script."""

    kind: str
    side: str = "full"
    decision: str = "approved"


@dataclass(frozen=True, slots=True)
class Script:
    """One course of a day: what is punched, and what is true of it."""

    code: str
    arrive: Arrive
    leave: Leave
    statuses: str
    apel: Apel = Apel.BY_ARRIVAL
    excuse: Excuse | None = None


_LETTER = Excuse("sakit_with_doctor_letter")
_NO_LETTER = Excuse("sakit_without_letter")
_TRAVEL = Excuse("dinas_luar")
_PENDING = Excuse("dinas_luar", decision="pending")
_LEAVE = Excuse("cuti_tahunan")
_MASUK = Excuse("izin_sebelah", side="masuk")
_PULANG = Excuse("izin_sebelah", side="pulang")

SCRIPTS: tuple[Script, ...] = (
    Script("off", Arrive.NONE, Leave.NONE, ""),
    Script("on_time", Arrive.ON_TIME, Leave.ON_TIME, "HADIR"),
    Script("late", Arrive.LATE, Leave.ON_TIME, "HADIR+TERLAMBAT"),
    Script("early", Arrive.ON_TIME, Leave.EARLY, "HADIR+PULANG_AWAL"),
    Script("late_early", Arrive.LATE, Leave.EARLY, "HADIR+PULANG_AWAL+TERLAMBAT"),
    Script("no_out", Arrive.ON_TIME, Leave.NONE, "HADIR+TANPA_PULANG"),
    Script("no_in", Arrive.NONE, Leave.ON_TIME, "HADIR+TANPA_MASUK", Apel.MISSED),
    Script("late_no_out", Arrive.LATE, Leave.NONE, "HADIR+TANPA_PULANG+TERLAMBAT"),
    Script("early_no_in", Arrive.NONE, Leave.EARLY, "HADIR+PULANG_AWAL+TANPA_MASUK", Apel.MISSED),
    Script("alpa", Arrive.NONE, Leave.NONE, "ALPA", Apel.MISSED),
    Script("sick_letter", Arrive.NONE, Leave.NONE, "SAKIT", Apel.EXCUSED, _LETTER),
    Script("sick_no_letter", Arrive.NONE, Leave.NONE, "ALPA", Apel.MISSED, _NO_LETTER),
    Script("travel", Arrive.NONE, Leave.NONE, "DINAS_LUAR", Apel.EXCUSED, _TRAVEL),
    Script("travel_punched", Arrive.PERMITTED, Leave.ON_TIME, "DINAS_LUAR+HADIR", Apel.EXCUSED, _TRAVEL),
    Script("travel_pending", Arrive.NONE, Leave.NONE, "ALPA", Apel.MISSED, _PENDING),
    Script("leave", Arrive.NONE, Leave.NONE, "CUTI_TAHUNAN", Apel.EXCUSED, _LEAVE),
    Script("izin_in", Arrive.PERMITTED, Leave.ON_TIME, "HADIR+IZIN_MASUK", Apel.EXCUSED, _MASUK),
    Script("izin_in_unpunched", Arrive.NONE, Leave.ON_TIME, "HADIR+IZIN_MASUK", Apel.EXCUSED, _MASUK),
    Script("izin_out", Arrive.ON_TIME, Leave.PERMITTED, "HADIR+IZIN_PULANG", excuse=_PULANG),
    Script("izin_out_late", Arrive.LATE, Leave.PERMITTED, "HADIR+IZIN_PULANG+TERLAMBAT", excuse=_PULANG),
    Script("before_window", Arrive.BEFORE_WINDOW, Leave.ON_TIME, "HADIR", Apel.MISSED),
    Script("double_morning", Arrive.ON_TIME, Leave.MORNING, "HADIR+PULANG_AWAL"),
    # Held back: no adverse outcome, because the terminal cannot be believed for that end (S-7 b, c, d).
    Script("held_no_in", Arrive.NONE, Leave.ON_TIME, "BELUM_LENGKAP+HADIR", Apel.MISSED),
    Script("held_no_in_early", Arrive.NONE, Leave.EARLY, "BELUM_LENGKAP+HADIR+PULANG_AWAL", Apel.MISSED),
    Script("held_absent", Arrive.NONE, Leave.NONE, "BELUM_LENGKAP", Apel.MISSED),
)

CODE: dict[str, int] = {script.code: number for number, script in enumerate(SCRIPTS)}
OFF = CODE["off"]
ON_TIME = CODE["on_time"]
ARRIVE: NDArray[np.int8] = np.array([script.arrive for script in SCRIPTS], dtype=np.int8)
LEAVE: NDArray[np.int8] = np.array([script.leave for script in SCRIPTS], dtype=np.int8)
APEL: NDArray[np.int8] = np.array([script.apel for script in SCRIPTS], dtype=np.int8)
STATUSES: NDArray[np.str_] = np.array([script.statuses for script in SCRIPTS])

# What a status is cut for. TIDAK_APEL is no status of a shift; it comes from the roll call.
MATTERS: dict[str, str] = {
    "TERLAMBAT": "terlambat",
    "PULANG_AWAL": "pulang_awal",
    "TANPA_MASUK": "tanpa_masuk",
    "TANPA_PULANG": "tanpa_pulang",
    "ALPA": "alpa",
}


def scripts_with(status: str) -> NDArray[np.bool_]:
    """For each script whether its truth holds that status."""
    return np.array([status in script.statuses.split("+") for script in SCRIPTS])


def cut_codes(codes: dict[str, str]) -> NDArray[np.uint8]:
    """A map over script numbers: each named script becomes the other, the rest stay."""
    mapped = np.arange(len(SCRIPTS), dtype=np.uint8)
    for old, new in codes.items():
        mapped[CODE[old]] = CODE[new]
    return mapped


# A morning without power: nobody can punch in, who goes home before noon leaves no trace at all.
POWER_CUT = cut_codes(
    {
        "on_time": "held_no_in",
        "late": "held_no_in",
        "no_in": "held_no_in",
        "before_window": "held_no_in",
        "izin_out": "held_no_in",
        "izin_out_late": "held_no_in",
        "early": "held_no_in_early",
        "late_early": "held_no_in_early",
        "early_no_in": "held_no_in_early",
        "no_out": "held_absent",
        "late_no_out": "held_absent",
        "alpa": "held_absent",
        "sick_no_letter": "held_absent",
        "travel_pending": "held_absent",
        "double_morning": "held_absent",
        "travel_punched": "travel",
        "izin_in": "izin_in_unpunched",
    }
)
# A punch of an unknown PIN could be that of anybody who has none that day.
UNKNOWN_PIN = cut_codes({"alpa": "held_absent", "sick_no_letter": "held_absent", "travel_pending": "held_absent"})
# A paper list has one line a day: coming and going.
PAPER = cut_codes({"double_morning": "on_time", "travel_punched": "travel", "before_window": "on_time"})

"""An invented religious gathering on 24 February 2017 and what the leadership decides about it and about the month.

No PHBI fell between 30 January and 31 March 2017, so this one carries 'contoh' in its name. Who was there is read from
the terminals in a window; one who came without a record stands on the hand list. One of the absent goes free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from simulator.offices import USB_OPD, USB_STICKS, CitySpec
from simulator.people import Town
from simulator.plan import Plan
from simulator.plants import clean_row
from simulator.rolls import PRESENT, Roll, RollCall, take_roll

CEREMONY = RollCall("PHBI-2017-02-24", date(2017, 2, 24), None, by_list=False, kind="phbi")
SANCTION_PCT = 3
LISTED = ("BKPP", 1)
EXCEPTED = ("INSPEKTORAT", 2)
# The stick of the end of February lies in a drawer until this moment's successor brings its records along.
KNOWN_UNTIL = datetime.fromisoformat(USB_STICKS[0])


@dataclass(frozen=True, slots=True)
class Closing:
    """The month that is closed, from which day on, and since when an office's records were not known then."""

    month: date
    not_before: date
    unknown_opd: int | None
    unknown_from: date


def take_ceremony(town: Town, plan: Plan) -> Roll | None:
    """What each expected person did; None when the gathering is no part of this city's history."""
    if not town.spec.start <= CEREMONY.day <= town.spec.until:
        return None
    roll = take_roll(town.opd_codes, plan, CEREMONY)
    status = roll.status.copy()
    listed, excepted = clean_row(town, *LISTED), clean_row(town, *EXCEPTED)
    lines = []
    if listed is not None:
        status[roll.rows == listed] = PRESENT
        lines.append((listed, True))
    free = () if excepted is None else (excepted,)
    return replace(roll, status=status, hand_list=tuple(lines), excepted=free)


def plan_closing(spec: CitySpec, town: Town) -> Closing | None:
    """February, where the history holds all of it."""
    opd = town.opd_codes.index(USB_OPD) if USB_OPD in town.opd_codes else None
    if spec.start <= date(2017, 1, 31) and date(2017, 2, 28) <= spec.until:
        return Closing(date(2017, 2, 1), date(2017, 3, 1), opd, KNOWN_UNTIL.date())
    return None


def leadership(town: Town, roll: Roll | None, closing: Closing | None) -> dict[str, object]:
    """What the leadership will answer when it is asked (leadership.json)."""
    answers: dict[str, object] = {}
    if roll is not None and closing is not None:
        answers["phbi"] = {
            "event_id": roll.event.event_id,
            "pct": SANCTION_PCT,
            "excepted": [town.people[row].employee_id for row in roll.excepted],
            "letter_no": "451/112/Kesra/2017",
        }
    if closing is not None:
        answers["closing"] = {
            "month": f"{closing.month:%Y-%m}",
            "not_before": str(closing.not_before),
            "letter_no": f"800/{closing.not_before:%m}/BKPP/2017",
        }
    return answers

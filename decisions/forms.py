"""Answers that people gave in a form of Airflow, as decisions: the same functions as behind the command line."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from decisions.approvals import Signature
from decisions.months import Closing, lock_month, month_of, refuse_month, sign_month
from decisions.phbi import Sanction, decide_sanction, sanction_of
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

PCT, AMOUNT, NONE = "persen", "rupiah", "tanpa sanksi"
CLOSE, REFUSE = "tutup", "tolak"


class _User(BaseModel):
    name: str


class _Answer(BaseModel):
    """What a human-in-the-loop task returns."""

    model_config = ConfigDict(extra="ignore")

    chosen_options: tuple[str]
    params_input: dict[str, Any]
    responded_by_user: _User

    def signature(self) -> Signature:
        """Who answered, as Airflow knows him; an answer without a user is nobody's decision."""
        return Signature(self.responded_by_user.name, str(self.params_input.get("letter_no") or ""), "airflow")


def _read(answer: Mapping[str, Any]) -> _Answer:
    try:
        return _Answer.model_validate(answer)
    except ValidationError as error:
        raise Problem(f"Jawaban dari Airflow tidak dapat dipakai: {error}", Exit.WRONG_USE) from error


def answer_phbi(settings: Settings, event_id: str, answer: Mapping[str, Any], clock: Clock) -> int:
    """Records the sanction that the form names; returns the number of the decision.

    Raises:
        Problem: what decide_sanction says, or the form is not filled as its option needs.
    """
    given = _read(answer)
    sanction = _sanction(given.chosen_options[0], given.params_input)
    approval, _ = decide_sanction(settings, event_id, sanction, given.signature(), clock)
    return approval.approval_id


def _sanction(option: str, form: Mapping[str, Any]) -> Sanction:
    excepted = tuple(part for part in str(form.get("excepted") or "").replace(",", " ").split() if part)
    number = form.get("number")
    value = None if number is None else Decimal(str(number))
    return sanction_of(
        value if option == PCT else None, value if option == AMOUNT else None, is_none=option == NONE, excepted=excepted
    )


def ask_close(settings: Settings, month: str, clock: Clock) -> str:
    """Locks the month and says what the signature is for.

    Raises:
        Problem: what lock_month says.
    """
    locked = lock_month(settings, month_of(month), clock)
    return (
        f"Bulan {month}: angka {locked.state.people_count} orang dikunci, sidik {locked.state.figures_sha256}. "
        f"{locked.waiting.in_words}"
    )


def answer_close(settings: Settings, month: str, answer: Mapping[str, Any], clock: Clock) -> str:
    """Signs or refuses the locked month; returns its state.

    Raises:
        Problem: what sign_month and refuse_month say.
    """
    given, first = _read(answer), month_of(month)
    done: Closing
    if given.chosen_options[0] == REFUSE:
        done = refuse_month(settings, first, given.signature(), clock)
    else:
        despite = bool(given.params_input.get("with_waiting"))
        done = sign_month(settings, first, given.signature(), clock, despite_waiting=despite)
    return done.state.state

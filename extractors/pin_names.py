"""Whose a PIN might be, by the name that a terminal shows for it: a suggestion for a person, never a decision.

Terminals keep 8 or 24 characters, in capitals or not, without titles: names are compared by their words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

Likeness = Literal["sama", "terpotong", "mirip"]
SHORTEST: Final = 4  # letters; a shorter name fits too many people
ALIKE: Final = 0.86  # of difflib: one wrong letter in seven
MOST_SHOWN: Final = 5
_TITLE: Final = re.compile(r"^(?:[A-Z]{1,2}\.)?(?:[A-Z][A-Za-z]{0,4}\.)+[A-Za-z]{0,5}$")
_FORE_TITLES: Final = frozenset({"dr", "drs", "dra", "ir", "h", "hj", "prof", "kh", "ns", "apt"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An employee whose name fits."""

    employee_id: str
    name: str
    likeness: Likeness


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, without accents and titles before or behind it."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name.partition(",")[0]) if not unicodedata.combining(letter)
    )
    words = [word for word in plain.split() if not (_TITLE.match(word) and len(word) > 2)]
    cleaned = [re.sub(r"[^a-z0-9]", "", word.lower()) for word in words]
    while len(cleaned) > 1 and cleaned[0] in _FORE_TITLES:
        cleaned.pop(0)
    return tuple(word for word in cleaned if word)


def likeness_of(shown: str, name: str) -> Likeness | None:
    """How a terminal's name fits an employee's; None when it does not."""
    short, whole = name_words(shown), name_words(name)
    told, full = "".join(short), "".join(whole)
    if len(told) < SHORTEST:
        return None
    if told == full:
        return "sama"
    if full.startswith(told):
        return "terpotong"
    if len(short) > 1 and _fit_in_order(short, whole):
        return "mirip"
    return "mirip" if SequenceMatcher(None, told, full, autojunk=False).ratio() >= ALIKE else None


def _fit_in_order(short: Sequence[str], whole: Sequence[str]) -> bool:
    """Each word is the beginning of a later one ('Siti A' in 'Siti Nur Aminah')."""
    rest = iter(whole)
    return all(any(word.startswith(part) for word in rest) for part in short)


def fitting(shown: str, employees: Iterable[tuple[str, str]]) -> list[Candidate]:
    """The employees (id, name) whom a name fits best: only those of the highest likeness that occurs."""
    found = [
        Candidate(employee_id, name, likeness)
        for employee_id, name in employees
        if (likeness := likeness_of(shown, name)) is not None
    ]
    order: tuple[Likeness, ...] = ("sama", "terpotong", "mirip")
    best = min((order.index(one.likeness) for one in found), default=0)
    return [one for one in found if one.likeness == order[best]]

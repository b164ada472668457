"""How well a face check found the planted colleagues: the one place outside tests where planted truth is read.

It is given outcomes and answers with counts; it does not give the truth away, and the machine cannot ask it anything.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

MISMATCH = "TIDAK_COCOK"


class Outcome(BaseModel):
    """What a face check said of one photograph: of which terminal, under which file name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serial: str
    file: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Score:
    """planted: photographs with a colleague; found: called TIDAK_COCOK; right: both. checked: outcomes given."""

    checked: int
    planted: int
    found: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of the found ones that were planted; None when nothing was found."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of the planted ones that were found; None when nothing was planted."""
        return self.right / self.planted if self.planted else None


def score(folder: Path, outcomes: list[Outcome]) -> Score:
    """Hold outcomes against truth/faces.csv of a city folder. Raises FileNotFoundError when there is no such city."""
    with (folder / "truth" / "faces.csv").open(encoding="utf-8", newline="") as file:
        planted = {(row["serial"], row["file"]) for row in csv.DictReader(file) if row["is_buddy"] == "ya"}
    found = {(one.serial, one.file) for one in outcomes if one.outcome == MISMATCH}
    return Score(len(outcomes), len(planted), len(found), len(found & planted))

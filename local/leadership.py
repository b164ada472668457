"""The leadership of the simulated city: it answers what Airflow asks, as leadership.json of the city says.

Without that file, or before its day, nobody decides anything: as in a real city until somebody does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from local.rest import AirflowApi
from local.runs import Runner
from warehouse.connection import connect
from warehouse.console import progress
from warehouse.settings import Settings

FILE: Final = "leadership.json"
PERSON: Final = "sekda"  # a user of Airflow, and in deciders.csv


class _Phbi(BaseModel):
    event_id: str
    pct: float
    excepted: list[str]
    letter_no: str


class _Closing(BaseModel):
    month: str
    not_before: date
    letter_no: str


class Answers(BaseModel):
    """What the leadership will say: about a ceremony, and about a month from a day on."""

    phbi: _Phbi | None = None
    closing: _Closing | None = None


@dataclass(frozen=True, slots=True)
class Leadership:
    """Answers once; what is decided already is not asked again."""

    settings: Settings
    answers: Answers

    @classmethod
    def of(cls, settings: Settings, city: Path) -> Leadership:
        """The leadership of the city in that folder."""
        path = city / FILE
        said = path.read_text(encoding="utf-8") if path.exists() else "{}"
        return cls(settings, Answers.model_validate_json(said))

    def decide(self, runner: Runner, moment: str) -> None:
        """Has the ceremony decided and the month closed, each by its DAG, once `moment` has reached the day."""
        closing, phbi = self.answers.closing, self.answers.phbi
        if closing is None or datetime.fromisoformat(moment).date() < closing.not_before:
            return
        is_decided, is_closed = self._done()
        if is_closed:
            return
        if phbi is not None and not is_decided:
            form = {"number": phbi.pct, "excepted": ",".join(phbi.excepted), "letter_no": phbi.letter_no}
            with progress(f"Pimpinan memutuskan sanksi {phbi.event_id} (decide_phbi_sanctions)"):
                asked = {"event_id": phbi.event_id, "as_of": moment}
                self._answer(runner, "decide_phbi_sanctions", asked, "ask_leadership", ("persen", form))
        with progress(f"Bulan {closing.month} ditutup (close_attendance_month)"):
            signed = {"letter_no": closing.letter_no, "with_waiting": True}
            asked = {"month": closing.month, "as_of": moment}
            self._answer(runner, "close_attendance_month", asked, "ask_signature", ("tutup", signed))

    def _answer(
        self, runner: Runner, dag_id: str, asked: dict[str, str], task_id: str, said: tuple[str, dict[str, Any]]
    ) -> None:
        person = AirflowApi(runner.api.port, PERSON, self.settings.secret_made_once(f"airflow_user_{PERSON}"))
        run_id = runner.api.trigger(dag_id, asked)
        runner.answer((dag_id, run_id), task_id, person, *said)
        runner.wait(dag_id, run_id)

    def _done(self) -> tuple[bool, bool]:
        """Whether the ceremony is decided, and the month closed."""
        phbi, closing = self.answers.phbi, self.answers.closing
        conn = connect(self.settings, "auditor")
        with conn, conn.cursor() as cursor:
            cursor.execute(
                """
                select exists (select 1 from ops.approvals where event_id = %s),
                    exists (select 1 from ops.current_months where month = %s and state = 'CLOSED')
                """,
                (phbi and phbi.event_id, closing and f"{closing.month}-01"),
            )
            is_decided, is_closed = cursor.fetchone() or (False, False)
        conn.close()
        return is_decided, is_closed

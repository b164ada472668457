"""Airflow runs as a story for people: trigger, wait, and when one fails say which task and show its last lines."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from local.processes import Family
from local.rest import ENDED, AirflowApi, ApiAway, CausedRun
from warehouse.console import Problem

RUN_TIMEOUT_S: Final = 900.0
EVENT_TIMEOUT_S: Final = 60.0
GAP_S: Final = 0.2
# Airflow 3.3.2 fails a try that is answered before the executor has reported the question, a second later or, on a busy
# machine, many; the next try asks again, and is answered again.
ANSWER_AFTER_S: Final = 4.0
ANSWER_TIMEOUT_S: Final = 300.0
MOST_TOLD: Final = 2


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs DAGs through the scheduler and waits for them; nothing here does a DAG's work itself."""

    api: AirflowApi
    family: Family

    def run(self, dag_id: str, conf: dict[str, str]) -> str:
        """Triggers a run and waits for its success; returns its id.

        Raises:
            Problem: the run failed or takes too long.
        """
        run_id = self.api.trigger(dag_id, conf)
        self.wait(dag_id, run_id)
        return run_id

    def wait(self, dag_id: str, run_id: str) -> None:
        """Waits until the run has ended; a failed one raises a Problem with the end of its logs."""
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while (state := self._run_state(dag_id, run_id)) not in ENDED:
            self.family.watch()
            if time.monotonic() > deadline:
                raise Problem(f"{dag_id} ({run_id}) belum selesai setelah {RUN_TIMEOUT_S:.0f} detik.")
            time.sleep(GAP_S)
        if state != "success":
            raise Problem(self.failure(dag_id, run_id))

    def _run_state(self, dag_id: str, run_id: str) -> str | None:
        """None: the API server was too busy to say; that it runs is watched elsewhere."""
        try:
            return self.api.run_state(dag_id, run_id)
        except ApiAway:
            return None

    def answer(self, run: tuple[str, str], task_id: str, person: AirflowApi, option: str, form: dict[str, Any]) -> None:
        """Waits until a task of the run (DAG, run id) asks, answers it as that person, and sees that it was heard.

        Raises:
            Problem: the run ended without asking, or does not ask in time.
        """
        dag_id, run_id = run
        person.sign_in()
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        asked_at: float | None = None
        while (state := self._task_state(dag_id, run_id, task_id)) != "success":
            self.family.watch()
            if self.api.run_state(dag_id, run_id) in ENDED:
                raise Problem(self.failure(dag_id, run_id))
            if time.monotonic() > deadline:
                raise Problem(f"{dag_id} ({run_id}): {task_id} belum terjawab setelah {ANSWER_TIMEOUT_S:.0f} detik.")
            if state != "awaiting_input":
                asked_at = None
            elif asked_at is None:
                asked_at = time.monotonic()
            elif time.monotonic() - asked_at > ANSWER_AFTER_S:
                person.answer(dag_id, run_id, task_id, option, form)
                asked_at = None
            time.sleep(GAP_S)

    def _task_state(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        return next((task.state for task in self.api.task_instances(dag_id, run_id) if task.task_id == task_id), None)

    def wait_for_followers(self, dag_id: str, run_id: str) -> list[CausedRun]:
        """Waits for the runs that the assets of this run start; a Problem when none starts or one fails."""
        deadline = time.monotonic() + EVENT_TIMEOUT_S
        while not (followers := [run for event in self.api.events_of(dag_id, run_id) for run in event.created_dagruns]):
            self.family.watch()
            if time.monotonic() > deadline:
                raise Problem(
                    f"Kabar dari {dag_id} ({run_id}) tidak memulai apa pun dalam {EVENT_TIMEOUT_S:.0f} detik."
                )
            time.sleep(GAP_S)
        for follower in followers:
            self.wait(follower.dag_id, follower.run_id)
        return followers

    def failure(self, dag_id: str, run_id: str) -> str:
        """Which tasks of a run failed, the first ones with the end of their logs."""
        failed = [task for task in self.api.task_instances(dag_id, run_id) if task.state == "failed"]
        parts = [f"{dag_id} ({run_id}) gagal: {len(failed)} tugas."]
        for task in failed[:MOST_TOLD]:
            name = f"{task.task_id} {task.rendered_map_index or ''}".strip()
            parts.append(f"Tugas {name}, akhir lognya:\n{self.api.log_tail(dag_id, run_id, task)}")
        return "\n".join(parts)

"""The little of Airflow's REST interface that running it here needs."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import BaseModel, TypeAdapter

from warehouse.console import Exit, Problem

TIMEOUT_S: Final = 30
ENDED: Final = frozenset({"success", "failed"})


class ApiAway(Problem):
    """Nobody answers at the API server's address (yet)."""


class ApiRefused(Problem):
    """The API server answered with an error status."""

    def __init__(self, what: str, status: int, body: str) -> None:
        super().__init__(f"Airflow menolak {what}: HTTP {status} {body[:300]}")
        self.status = status


class DagRun(BaseModel):
    """A run as the API shows it; `state` is queued, running, success or failed."""

    dag_id: str
    dag_run_id: str
    state: str


class CausedRun(BaseModel):
    """A run that an asset event has started."""

    dag_id: str
    run_id: str
    state: str


class AssetEvent(BaseModel):
    """What a run announced, and which runs came of it."""

    source_run_id: str | None
    extra: dict[str, Any]
    created_dagruns: list[CausedRun]


class TaskInstance(BaseModel):
    """One try of one task."""

    task_id: str
    map_index: int
    try_number: int
    state: str | None
    rendered_map_index: str | None = None


@dataclass(slots=True)
class AirflowApi:
    """A signed-in client of the API server on this machine."""

    port: int
    user: str
    password: str
    token: str | None = None

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
        except (OSError, http.client.HTTPException) as error:
            raise ApiAway(f"Airflow tidak menjawab di 127.0.0.1:{self.port}: {error}", Exit.NOBODY_THERE) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise ApiRefused(f"{method} {path}", answer.status, text)
        return json.loads(text) if text else None

    def sick_parts(self) -> list[str]:
        """The processes that do not report healthy; empty when all of them do.

        Raises:
            ApiAway: the API server itself does not answer.
        """
        health = self._call("GET", "/api/v2/monitor/health")
        return [part for part in ("metadatabase", "scheduler", "dag_processor") if health[part]["status"] != "healthy"]

    def sign_in(self) -> None:
        """Gets a token for the named user; valid for a day."""
        answer = self._call("POST", "/auth/token", {"username": self.user, "password": self.password})
        self.token = answer["access_token"]

    def dag_ids(self) -> set[str]:
        """The DAGs that the dag-processor has read."""
        return {dag["dag_id"] for dag in self._call("GET", "/api/v2/dags?limit=100")["dags"]}

    def import_errors(self) -> list[str]:
        """What went wrong while DAG files were read, one text per file."""
        found = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in found]

    def pause(self, dag_id: str, is_paused: bool) -> None:
        """A paused DAG starts nothing, not even what is triggered by hand."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": is_paused})

    def make_pool(self, name: str, slots: int) -> None:
        """Makes the pool when it is not there yet."""
        try:
            self._call("POST", "/api/v2/pools", {"name": name, "slots": slots})
        except ApiRefused as refused:
            if refused.status != http.client.CONFLICT:
                raise

    def trigger(self, dag_id: str, conf: dict[str, str]) -> str:
        """Asks for a run and returns its id."""
        run = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        return DagRun.model_validate(run).dag_run_id

    def run_state(self, dag_id: str, run_id: str) -> str:
        """queued, running, success or failed."""
        run = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}")
        return DagRun.model_validate(run).state

    def latest_run(self, dag_id: str) -> DagRun | None:
        """The run that was asked for last; None before the first."""
        runs = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns?order_by=-id&limit=1")["dag_runs"]
        return DagRun.model_validate(runs[0]) if runs else None

    def unfinished_runs(self) -> list[DagRun]:
        """Runs that a stopped scheduler has left behind, and those that go on now."""
        query = urlencode([("state", "running"), ("state", "queued"), ("limit", "100")])
        return TypeAdapter(list[DagRun]).validate_python(
            self._call("GET", f"/api/v2/dags/~/dagRuns?{query}")["dag_runs"]
        )

    def give_up(self, run: DagRun) -> None:
        """Marks a run as failed; its unfinished tasks end with it."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.dag_run_id, safe='')}"
        self._call("PATCH", path, {"state": "failed"})

    def events_of(self, dag_id: str, run_id: str) -> list[AssetEvent]:
        """What the run has announced, with the runs that came of it."""
        query = urlencode({"source_dag_id": dag_id, "source_run_id": run_id})
        try:
            found = self._call("GET", f"/api/v2/assets/events?{query}")["asset_events"]
        except ApiRefused as refused:
            if refused.status != http.client.INTERNAL_SERVER_ERROR:
                raise
            return []  # Airflow 3.3.2 cannot show a follower that is queued and has no start yet
        return TypeAdapter(list[AssetEvent]).validate_python(found)

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        """All tasks of a run, mapped ones one by one."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances?limit=200"
        return TypeAdapter(list[TaskInstance]).validate_python(self._call("GET", path)["task_instances"])

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str, form: dict[str, Any]) -> None:
        """Answers a task that waits for a person, as the signed-in user."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task_id}/-1/hitlDetails"
        self._call("PATCH", path, {"chosen_options": [option], "params_input": form})

    def log_tail(self, dag_id: str, run_id: str, task: TaskInstance, lines: int = 15) -> str:
        """The last lines of a task's log, as people read them."""
        path = (
            f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task.task_id}"
            f"/logs/{task.try_number}?map_index={task.map_index}&full_content=true"
        )
        content = self._call("GET", path)["content"]
        return "\n".join(_log_lines(content)[-lines:])

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """What a task returned; None when it returned nothing."""
        path = (
            f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task_id}/xcomEntries/return_value"
        )
        try:
            return self._call("GET", f"{path}?deserialize=true")["value"]
        except ApiRefused as refused:
            if refused.status == http.client.NOT_FOUND:
                return None
            raise


def _log_lines(content: list[Any]) -> list[str]:
    """Events and exceptions, without the marks by which the web page folds a log."""
    lines: list[str] = []
    for entry in content:
        if not isinstance(entry, dict):
            lines.append(str(entry))
        elif not str(entry.get("event", "")).startswith("::"):
            lines.append(f"{entry.get('level', '')}: {entry.get('event', '')}".removeprefix(": "))
            lines += [f"{error.get('exc_type')}: {error.get('exc_value')}" for error in entry.get("error_detail") or []]
    return lines

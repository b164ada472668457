"""A failed run is told with its task and the end of its log; a follower is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.processes import Family
from local.rest import ApiAway, AssetEvent, CausedRun, TaskInstance
from local.runs import Runner
from warehouse.console import Exit, Problem

pytestmark = pytest.mark.unit


@dataclass
class FakeApi:
    """Answers states one after the other; the last one stays."""

    states: dict[str, list[str]]
    followers: list[list[AssetEvent]] = field(default_factory=lambda: [[]])
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def trigger(self, dag_id: str, conf: dict[str, str]) -> str:
        self.asked.append((dag_id, conf))
        return f"run of {dag_id}"

    def run_state(self, dag_id: str, _run_id: str) -> str:
        states = self.states[dag_id]
        state = states.pop(0) if len(states) > 1 else states[0]
        if state == "away":
            raise ApiAway("tidak menjawab", Exit.NOBODY_THERE)
        return state

    def events_of(self, _dag_id: str, _run_id: str) -> list[AssetEvent]:
        return self.followers.pop(0) if len(self.followers) > 1 else self.followers[0]

    def task_instances(self, _dag_id: str, _run_id: str) -> list[TaskInstance]:
        good = TaskInstance(task_id="check_raw", map_index=-1, try_number=1, state="success")
        bad = [
            TaskInstance(task_id="pull", map_index=n, try_number=2, state="failed", rendered_map_index=f"T-{n}")
            for n in range(9)
        ]
        return [good, *bad]

    def log_tail(self, _dag_id: str, _run_id: str, task: TaskInstance) -> str:
        return f"log of {task.rendered_map_index}"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.runs.GAP_S", 0.001)


def runner(tmp_path: Path, api: Any) -> Runner:
    return Runner(api, Family(tmp_path))


def test_a_busy_server_that_does_not_say_is_asked_again(tmp_path: Path) -> None:
    api = FakeApi({"load_site": ["running", "away", "success"]})

    assert runner(tmp_path, api).run("load_site", {}) == "run of load_site"


def test_a_run_is_waited_for(tmp_path: Path) -> None:
    api = FakeApi({"load_site": ["queued", "running", "success"]})

    assert runner(tmp_path, api).run("load_site", {"as_of": "x"}) == "run of load_site"
    assert api.states == {"load_site": ["success"]}


def test_a_failed_run_names_its_tasks_and_shows_the_first_logs(tmp_path: Path) -> None:
    api = FakeApi({"pull_terminals": ["running", "failed"]})

    with pytest.raises(Problem, match=r"pull_terminals .* gagal: 9 tugas") as told:
        runner(tmp_path, api).run("pull_terminals", {})

    assert "Tugas pull T-0, akhir lognya:\nlog of T-0" in str(told.value)
    assert "T-8" not in str(told.value)


def test_followers_are_waited_for_and_their_failure_counts(tmp_path: Path) -> None:
    caused = CausedRun(dag_id="build_attendance", run_id="r", state="queued")
    event = AssetEvent(source_run_id="p", extra={}, created_dagruns=[caused])
    api = FakeApi({"build_attendance": ["running", "failed"]}, followers=[[], [event]])

    with pytest.raises(Problem, match="build_attendance"):
        runner(tmp_path, api).wait_for_followers("pull_terminals", "p")


def test_an_announcement_that_starts_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.runs.EVENT_TIMEOUT_S", 0.01)

    with pytest.raises(Problem, match="tidak memulai apa pun"):
        runner(tmp_path, FakeApi({})).wait_for_followers("pull_terminals", "p")

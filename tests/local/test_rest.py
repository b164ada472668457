"""The client against a server of hand-written answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.preflight import free_port
from local.rest import AirflowApi, ApiAway, ApiRefused, TaskInstance

pytestmark = pytest.mark.unit
HEALTHY = {"status": "healthy"}


class Answers(BaseHTTPRequestHandler):
    answers: dict[tuple[str, str], tuple[int, Any]]
    asked: list[tuple[str, str, Any, str | None]]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append((self.command, self.path, json.loads(body or "null"), self.headers["Authorization"]))
        status, answer = self.answers.get((self.command, self.path), (404, {"detail": "not found"}))
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - names of the library

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[AirflowApi, type[Answers]]]:
    handler = type("Handler", (Answers,), {"answers": {}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield AirflowApi(server.server_address[1], "bkpp", "secret"), handler
    server.shutdown()
    server.server_close()


def test_nobody_there_is_told_apart_from_a_refusal(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, handler = served
    handler.answers["POST", "/auth/token"] = (401, {"detail": "wrong"})

    with pytest.raises(ApiRefused, match="HTTP 401"):
        api.sign_in()
    with pytest.raises(ApiAway):
        AirflowApi(free_port(), "bkpp", "secret").sick_parts()


def test_the_token_goes_with_every_call(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, handler = served
    handler.answers["POST", "/auth/token"] = (201, {"access_token": "abc"})
    handler.answers["GET", "/api/v2/dags?limit=100"] = (200, {"dags": [{"dag_id": "load_site"}]})

    api.sign_in()

    assert api.dag_ids() == {"load_site"}
    assert handler.asked[0][2] == {"username": "bkpp", "password": "secret"}
    assert handler.asked[1][3] == "Bearer abc"


def test_a_part_without_heartbeat_is_sick(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, handler = served
    health = {"metadatabase": HEALTHY, "scheduler": {"status": "unhealthy"}, "dag_processor": {"status": None}}
    handler.answers["GET", "/api/v2/monitor/health"] = (200, health)

    assert api.sick_parts() == ["scheduler", "dag_processor"]


def test_a_pool_that_stands_is_left_alone(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, handler = served
    handler.answers["POST", "/api/v2/pools"] = (409, {"detail": "exists"})

    api.make_pool("warehouse_build", 1)

    handler.answers["POST", "/api/v2/pools"] = (403, {"detail": "no"})
    with pytest.raises(ApiRefused):
        api.make_pool("warehouse_build", 1)


def test_a_follower_without_a_start_is_not_there_yet(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, handler = served
    path = "/api/v2/assets/events?source_dag_id=d&source_run_id=r"
    handler.answers["GET", path] = (500, "Internal Server Error")

    assert api.events_of("d", "r") == []

    handler.answers["GET", path] = (403, {"detail": "no"})
    with pytest.raises(ApiRefused):
        api.events_of("d", "r")


def test_the_tail_of_a_log_has_the_exception(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, handler = served
    path = "/api/v2/dags/d/dagRuns/r%3A1/taskInstances/t/logs/2?map_index=-1&full_content=true"
    error = {"level": "error", "event": "Task failed", "error_detail": [{"exc_type": "Problem", "exc_value": "away"}]}
    content = [{"level": "info", "event": f"line {number}"} for number in range(30)] + [error]
    handler.answers["GET", path] = (200, {"content": content})

    tail = api.log_tail("d", "r:1", TaskInstance(task_id="t", map_index=-1, try_number=2, state="failed"), lines=3)

    assert tail == "info: line 29\nerror: Task failed\nProblem: away"


def test_a_task_that_returned_nothing_gives_none(served: tuple[AirflowApi, type[Answers]]) -> None:
    api, _ = served

    assert api.returned("d", "r", "t") is None

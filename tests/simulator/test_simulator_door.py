"""The door of the simulator: city, serve and clock as one runs them, ended by a signal."""

import ast
import json
import signal
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

import simulator
from simulator.clock import ClockState, write_clock
from simulator.server import in_force, serve_folder

pytestmark = pytest.mark.unit
DOOR = "import typer; from simulator.door import mount; app = typer.Typer(); mount(app); app()"
OURS = {
    "audit", "biometrics", "dags", "dashboards", "decisions", "expectations", "extractors", "hadir", "law", "local",
    "warehouse",
}  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DOOR, "simulator", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = run(
        "city", str(tmp_path), "--people", "40", "--opd", "DLH", "--opd", "DINDIK", "--from", "2017-03-27",
        "--until", "2017-03-31", "--base-port", "48700", "--json",
    )  # fmt: skip
    assert json.loads(made.stdout)["terminals"] == 2
    return tmp_path


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_when_it_is_ready_follows_the_clock_and_ends_cleanly(folder: Path, ending: signal.Signals):
    command = [sys.executable, "-c", DOOR, "simulator", "serve", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        ready = json.loads(served.stdout.readline())
        assert len(ready["ports"]) == 2

        # DINDIK is offline from 28 to 30 March.
        assert run("clock", str(folder), "--at", "2017-03-29T18:00:00").returncode == 0
        seen = json.loads((folder / "served.json").read_text(encoding="utf-8"))
        served.send_signal(ending)

        assert served.wait(timeout=10) == 0
    assert len(seen["open"]) == 1
    assert not (folder / "served.json").exists()


def test_serve_pushes_for_the_offices_that_push_and_answers_on_the_web_ports(tmp_path: Path):
    made = run(
        "city", str(tmp_path), "--people", "40", "--opd", "DLH", "--opd", "BKPP", "--push", "DLH", "--solution", "BKPP",
        "--from", "2017-03-27", "--until", "2017-03-31", "--base-port", "48750", "--json",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        receiver.settimeout(30)
        command = [sys.executable, "-c", DOOR, "simulator", "serve", str(tmp_path), "--push-to",
                   f"http://127.0.0.1:{receiver.getsockname()[1]}"]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
            assert served.stdout is not None
            ((serial, port),) = json.loads(served.stdout.readline())["ports"].items()
            with socket.create_connection(("127.0.0.1", port), timeout=5) as asked:
                asked.sendall(b"POST /iWsService HTTP/1.0\r\n\r\n")
                assert asked.recv(5) == b"HTTP/"
            with receiver.accept()[0] as knocking:
                assert knocking.recv(20) == b"GET /iclock/cdata?SN"
            served.send_signal(signal.SIGTERM)
            assert served.wait(timeout=40) == 0
    assert serial != ""


def test_what_is_announced_has_the_ports_of_its_clock_before_the_terminals_own_thread_looks(folder: Path):
    server, clock = serve_folder(folder)
    server.open_and_close()
    try:
        evening = datetime.fromisoformat("2017-03-29T18:00:00")
        write_clock(folder / "clock.json", ClockState(mode="frozen", at=evening))
        text, ports = in_force(server, clock)
    finally:
        server.stop()

    assert "2017-03-29T18:00:00" in text
    assert len(ports) == 1


def test_serve_without_a_city_says_so(tmp_path: Path):
    ended = run("serve", str(tmp_path))

    assert ended.returncode == 4
    assert "Tidak ada kota" in ended.stderr


def test_a_city_that_cannot_be_planted_is_wrong_use(tmp_path: Path):
    ended = run("city", str(tmp_path), "--until", "2017-03-29")

    assert ended.returncode == 2
    assert "hari libur" in ended.stderr


def foreign_imports(source: str) -> set[str]:
    """Top-level names of rooms that a source imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names & OURS


def test_the_simulator_imports_no_room_of_ours():
    for path in Path(simulator.__file__).parent.glob("*.py"):
        assert not foreign_imports(path.read_text(encoding="utf-8")), path.name


def test_the_import_check_sees_a_foreign_import():
    assert foreign_imports("def f():\n    from warehouse.clock import Clock\n") == {"warehouse"}

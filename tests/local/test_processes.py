"""No process is left: not a forked one, not one in a group of its own, not one of a command that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.processes import ChildEnded, Family, only_command, process_mark, session_members, stop_command
from warehouse.console import Problem

pytestmark = pytest.mark.unit

# A stubborn parent whose child sits in a process group of its own, as Airflow's tasks do.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
time.sleep(60)
"""
COMMAND = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
from pathlib import Path
from local.processes import Family, only_command
var = Path(sys.argv[1])
family = Family(var / "run")
with only_command(var, family):
    family.start("sleeper", ["sleep", "60"], {}, var / "sleeper.log")
    (var / "ready").touch()
    time.sleep(60)
"""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start_command(var: Path) -> tuple[subprocess.Popen[bytes], int]:
    command = subprocess.Popen([sys.executable, "-c", COMMAND, str(var)], stderr=subprocess.DEVNULL)
    until((var / "ready").exists)
    return command, int((var / "run" / "sleeper.pid").read_text().split()[0])


def test_stop_ends_forked_processes_of_other_groups(tmp_path: Path) -> None:
    family = Family(tmp_path / "run", grace_s=0.3)
    child = family.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ, tmp_path / "log")
    until(lambda: len(session_members(child.handle.pid)) == 2)

    family.stop()

    assert session_members(child.handle.pid) == []
    assert list((tmp_path / "run").iterdir()) == []


def test_twin_ending_only_the_leader_leaves_one(tmp_path: Path) -> None:
    family = Family(tmp_path / "run")
    child = family.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ, tmp_path / "log")
    until(lambda: len(session_members(child.handle.pid)) == 2)

    child.handle.kill()
    child.handle.wait()

    assert len(session_members(child.handle.pid)) == 1
    family.stop()
    assert session_members(child.handle.pid) == []


def test_watch_tells_which_process_ended_and_why(tmp_path: Path) -> None:
    family = Family(tmp_path / "run")
    child = family.start("brief", ["sh", "-c", "echo porta dipakai; exit 3"], os.environ, tmp_path / "log")
    child.handle.wait()

    with pytest.raises(ChildEnded, match=r"brief berhenti sendiri \(kode 3\)[\s\S]*porta dipakai"):
        family.watch()

    family.stop()


def test_a_second_command_is_refused(tmp_path: Path) -> None:
    with (
        only_command(tmp_path, Family(tmp_path / "run")),
        pytest.raises(Problem, match="sudah berjalan"),
        only_command(tmp_path, Family(tmp_path / "run")),
    ):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    command, sleeper = start_command(tmp_path)

    command.send_signal(number)
    command.wait(20)

    assert process_mark(sleeper) is None
    assert command.returncode != 0


def test_what_a_killed_command_left_is_ended_by_the_next(tmp_path: Path) -> None:
    command, sleeper = start_command(tmp_path)
    command.kill()
    command.wait()
    assert process_mark(sleeper) is not None

    with only_command(tmp_path, Family(tmp_path / "run")):
        pass

    assert process_mark(sleeper) is None


def test_stop_ends_a_running_command_from_outside(tmp_path: Path) -> None:
    command, sleeper = start_command(tmp_path)

    assert stop_command(tmp_path, tmp_path / "run")

    assert command.wait(10) != 0
    assert process_mark(sleeper) is None
    assert not stop_command(tmp_path, tmp_path / "run")


def test_a_number_that_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "old.pid").write_text(f"{bystander.pid} 1")

    Family(tmp_path / "run").stop()

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()

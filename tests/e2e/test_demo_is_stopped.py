"""A demo that is broken off stops what it started, Postgres and Airflow's forks included, and says how to go on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture
def var_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hadir-stopped-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def demo_until(line: str, var_dir: Path) -> subprocess.Popen[str]:
    """The demo, as far as it says `line`."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "hadir", "demo"],
        env={**os.environ, "HADIR_VAR_DIR": str(var_dir)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert demo.stderr is not None
    watchdog = threading.Timer(180, demo.kill)
    watchdog.start()
    heard = ""
    while line not in heard:
        heard = demo.stderr.readline()
        assert heard, "the demo ended before"
    watchdog.cancel()
    return demo


def test_a_terminated_demo_leaves_no_process(var_dir: Path, processes: Callable[[Path], list[str]]) -> None:
    demo = demo_until("Folder situs", var_dir)
    assert any("airflow" in command for command in processes(var_dir))
    assert any("postgres" in command for command in processes(var_dir))

    demo.send_signal(signal.SIGTERM)
    _, said = demo.communicate(timeout=60)

    assert demo.returncode == 130
    assert "Dihentikan; ulangi 'make demo'" in said
    assert processes(var_dir) == []


def test_stop_ends_what_a_killed_demo_left(var_dir: Path, processes: Callable[[Path], list[str]]) -> None:
    demo = demo_until("Folder situs", var_dir)
    demo.kill()
    demo.wait()
    assert processes(var_dir) != []

    stopped = subprocess.run(
        [sys.executable, "-m", "hadir", "stop", "--remove"],
        env={**os.environ, "HADIR_VAR_DIR": str(var_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (stopped.returncode, stopped.stdout.strip()) == (0, "Dihentikan.")
    assert processes(var_dir) == []
    assert not var_dir.exists()

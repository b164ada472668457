"""One real demo of a small city, shared by the tests of this folder: three terminals, one week, the real scheduler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.conservation import own_server
from warehouse.settings import Settings

ROOT = Path(__file__).parents[2]
WITNESS = ROOT / "tests" / "support" / "network_witness"
HISTORY = ("2017-02-01T18:00:00+07:00", "2017-02-04T08:00:00+07:00")
CITY = ("--people", "120", "--terminals", "3", "--until", "2017-02-03", "--photo-days", "1", "--base-port", "28300")
DRIVER = f"""
from local.demo import DemoPlan, run_demo
from warehouse import console
from warehouse.settings import load_settings
summary, is_new = run_demo(load_settings(), DemoPlan({CITY!r}, {HISTORY!r}))
console.emit({{"changed": is_new, **summary.payload()}}, as_json=True, text=str)
"""


@dataclass(frozen=True)
class SmallCity:
    """A demo that has come to its end; the database server runs while tests look at it."""

    settings: Settings
    done: subprocess.CompletedProcess[str]
    network_log: Path
    processes_after: list[str]

    def demo(self) -> subprocess.CompletedProcess[str]:
        """The demo, once more."""
        return run_driver(self.settings.var_dir, self.network_log)


def run_driver(var_dir: Path, network_log: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HADIR_VAR_DIR": str(var_dir),
        "PYTHONPATH": str(WITNESS),
        "HADIR_TEST_NETWORK_LOG": str(network_log),
    }
    return subprocess.run(
        [sys.executable, "-c", DRIVER], env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def processes_of(var_dir: Path) -> list[str]:
    """Command lines of living processes that were started for this folder, by environment or by argument."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            environment, command = (entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"HADIR_VAR_DIR={var_dir}\0".encode() in environment or f"{var_dir}/".encode() in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


@pytest.fixture
def processes() -> Callable[[Path], list[str]]:
    """Looks for the living processes of a folder."""
    return processes_of


@pytest.fixture(scope="session")
def small_city() -> Iterator[SmallCity]:
    """A demo run of its own in a folder that other accounts may enter (as root Postgres runs as one of them)."""
    var_dir = Path(tempfile.mkdtemp(prefix="hadir-e2e-"))
    var_dir.chmod(0o755)
    network_log = var_dir / "network.log"
    done = run_driver(var_dir, network_log)
    processes_after = processes_of(var_dir)
    assert done.returncode == 0, done.stderr[-6000:]
    settings = Settings(var_dir=var_dir)
    with own_server(settings):
        yield SmallCity(settings, done, network_log, processes_after)
    shutil.rmtree(var_dir, ignore_errors=True)

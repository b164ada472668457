"""local/setup.sh run for real, with a PATH in which one program lies: wrong Python, too little disk, no venv module."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit
SCRIPT = Path(__file__).parents[2] / "local" / "setup.sh"
DF = "echo 'Filesystem 1024-blocks Used Available Capacity Mounted'; echo '/dev/x 9 9 {free_kb} 9% /'"
OLD = "exit 1"  # says no to the question for 3.11 to 3.13
GOOD = "exit 0"
WITHOUT_VENV = '[ "$1" = -c ]'


@dataclass(frozen=True)
class Machine:
    """A clone in a path with a space and the only programs that there are."""

    clone: Path
    programs: Path

    def has(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def set_up(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "local/setup.sh"], cwd=self.clone, env={"PATH": str(self.programs)},
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Python, disk and uv are as they should be."""
    clone, programs = tmp_path / "klon baru", tmp_path / "bin"
    (clone / "local").mkdir(parents=True)
    shutil.copy(SCRIPT, clone / "local")
    programs.mkdir()
    for name in ("awk", "mkdir", "touch"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    there = Machine(clone, programs)
    there.has("python3", GOOD)
    there.has("df", DF.format(free_kb=5_000_000))
    there.has("uv", 'echo "$@" > asked; mkdir -p .venv')
    return there


def refusal(machine: Machine) -> str:
    done = machine.set_up()
    assert done.returncode == 1
    assert not (machine.clone / ".venv" / "ready").exists()
    [sentence] = [line for line in done.stderr.splitlines() if line.startswith("hadir: ")]
    return sentence


def test_a_good_machine_is_set_up_from_the_lock(machine: Machine) -> None:
    done = machine.set_up()

    assert (done.returncode, (machine.clone / ".venv" / "ready").exists()) == (0, True), done.stderr
    asked = (machine.clone / "asked").read_text(encoding="utf-8").split()
    assert asked[:1] == ["sync"]
    assert {"--locked", "--compile-bytecode", "--no-python-downloads"} <= set(asked)


def test_a_wrong_python_is_named(machine: Machine) -> None:
    machine.has("python3", OLD)

    assert "butuh Python 3.11, 3.12 atau 3.13" in refusal(machine)


def test_a_right_python_beside_a_wrong_one_is_taken(machine: Machine) -> None:
    machine.has("python3", OLD)
    machine.has("python3.12", GOOD)

    assert machine.set_up().returncode == 0
    assert (machine.clone / "asked").read_text(encoding="utf-8").endswith("/python3.12\n")


def test_too_little_disk_is_said_with_numbers(machine: Machine) -> None:
    machine.has("df", DF.format(free_kb=2_000_000))

    assert "ruang disk kurang: butuh 3 GB bebas di sini, ada 1953 MB" in refusal(machine)


def test_without_uv_and_venv_the_package_is_named(machine: Machine) -> None:
    (machine.programs / "uv").unlink()
    machine.has("python3", WITHOUT_VENV)

    assert "modul venv tidak ada; pasang paket python3-venv" in refusal(machine)

"""Imports go one way: the contracts of pyproject.toml hold, and each of them is seen to break."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
ROOMS = (
    "audit", "biometrics", "dashboards", "decisions", "expectations", "extractors", "law", "local", "simulator",
    "warehouse",
)  # fmt: skip


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy_of_the_rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms")
    for name in ("pyproject.toml", "hadir.py"):
        shutil.copy(ROOT / name, folder / name)
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, folder / room, ignore=lambda _, names: [n for n in names if "." in n and n[-3:] != ".py"]
        )
    return folder


def test_the_contracts_hold() -> None:
    done = lint_imports(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("warehouse/planted.py", "import local", "Imports go one way"),
        ("dashboards/planted.py", "import extractors", "Imports go one way"),
        ("extractors/drivers/planted.py", "import psycopg2", "Drivers speak a protocol"),
        ("simulator/planted.py", "import warehouse", "The simulator imports no room"),
        ("local/planted.py", "import simulator", "No room imports the simulator"),
        ("local/planted.py", "import airflow", "Only dags knows Airflow"),
        ("warehouse/planted.py", "import dbt", "Only dags knows Airflow"),
        ("biometrics/planted.py", "import dlib", "One module knows the face library"),
    ],
)
def test_twin_a_planted_import_breaks_its_contract(
    copy_of_the_rooms: Path, place: str, line: str, contract: str
) -> None:
    planted = copy_of_the_rooms / place
    planted.write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")

    done = lint_imports(copy_of_the_rooms)
    planted.unlink()

    assert done.returncode != 0
    assert any(contract in text and "BROKEN" in text for text in done.stdout.splitlines()), done.stdout

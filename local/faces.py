"""The demo's faces: people are enrolled, a terminal's photographs taken in, both compared, and the result is scored.

What a person does by hand are commands of `hadir`; the comparing is a DAG. How good the outcomes are is said by the
simulator, which planted them: this room reads no planted truth.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.city import City
from local.runs import Runner
from warehouse.connection import connect
from warehouse.console import Problem, progress
from warehouse.settings import Settings, child_environment

SCORE_TIMEOUT_S: Final = 60
# The file names that the terminals gave.
OUTCOMES: Final = """
select
    terminal_serial,
    to_char(taken_at_local, 'YYYYMMDDHH24MISS') || coalesce('-' || pin, '') || '.jpg',
    outcome
from biometrics.outcomes
order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class FaceScore:
    """Photographs checked; stand-ins planted, found (TIDAK_COCOK), and found rightly; None: of nothing no share."""

    checked: int
    planted: int
    found: int
    right: int
    precision: float | None
    recall: float | None

    def text(self) -> str:
        """One line for people."""
        return (
            f"{self.checked} foto gambar; titip absen {self.right} dari {self.planted} ditemukan "
            f"(presisi {_share(self.precision)}, recall {_share(self.recall)})"
        )


def check_faces(city: City, runner: Runner, moment: str) -> None:
    """Enrols, takes the photographs in, and has them compared at `moment`; nothing where the city has none.

    Raises:
        Problem: a command or the run failed.
    """
    if not city.enrolment_folder.is_dir():
        return
    with progress("Wajah didaftarkan (hadir faces enrol)"):
        _hadir(city, "faces", "enrol", str(city.enrolment_folder), "--drawn", "--as-of", moment)
    with progress("Foto mesin dimasukkan (hadir import photos)"):
        for folder in sorted(city.photos_folder.iterdir()):
            _hadir(city, "import", "photos", str(folder), "--terminal", folder.name, "--as-of", moment)
    with progress("Wajah diperiksa (verify_faces)"):
        runner.run("verify_faces", {"as_of": moment})


def _hadir(city: City, *arguments: str) -> None:
    log = city.settings.logs_dir / "faces.log"
    command = [sys.executable, "-m", "hadir", *arguments]
    city.family.start("faces", command, child_environment(city.settings), log)
    city.family.wait_for("faces")


def score_faces(settings: Settings, city_folder: Path) -> FaceScore | None:
    """How the outcomes in the database stand against what was planted; None where no photograph was checked.

    Raises:
        Problem: the database is away, or the simulator does not answer.
    """
    with connect(settings, "biometrics") as conn, conn.cursor() as cursor:
        cursor.execute(OUTCOMES)
        rows = [{"serial": serial, "file": file, "outcome": outcome} for serial, file, outcome in cursor.fetchall()]
    conn.close()
    if not rows:
        return None
    command = [sys.executable, "-m", "hadir", "simulator", "score", str(city_folder), "--json"]
    done = subprocess.run(
        command, input=json.dumps(rows), capture_output=True, text=True, timeout=SCORE_TIMEOUT_S, check=False,
        env=child_environment(settings),
    )  # fmt: skip
    if done.returncode != 0:
        raise Problem(f"Hasil wajah tidak dapat dinilai: {done.stderr.strip()}")
    return FaceScore(**json.loads(done.stdout))


def _share(value: float | None) -> str:
    return "tidak ada" if value is None else f"{value:.2f}".replace(".", ",")

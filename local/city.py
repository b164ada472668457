"""The simulated city as this room knows it: two commands of `hadir simulator` and the file that holds its clock."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from local.preflight import is_free
from local.processes import Family
from warehouse.clock import local_wall
from warehouse.console import Problem
from warehouse.settings import Settings, child_environment

PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class City:
    """A city under var/city; `options` go to `hadir simulator city` when it is made."""

    settings: Settings
    family: Family
    options: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return self.settings.var_dir.resolve() / "city"

    @property
    def site_folder(self) -> Path:
        """What the city tells the system."""
        return self.folder / "site"

    @property
    def photos_folder(self) -> Path:
        """A stick's photographs in one folder per terminal."""
        return self.folder / "photos"

    @property
    def enrolment_folder(self) -> Path:
        """Pictures to enrol from; not there when the city has no photographs."""
        return self.folder / "enrolment"

    @property
    def _mark(self) -> Path:
        return self.folder / "made"

    @property
    def _log(self) -> Path:
        return self.settings.logs_dir / "simulator.log"

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "hadir", "simulator", *arguments]

    def begin(self) -> subprocess.Popen[bytes] | None:
        """Begins to make the city; None when it stands already."""
        if self._mark.exists():
            return None
        places = ["--inbox", str(self.settings.inbox_dir), "--secrets", str(self.settings.secrets_dir)]
        making = self._command("city", str(self.folder), *places, *self.options)
        return self.family.start("city", making, child_environment(self.settings), self._log).handle

    def finish(self, making: subprocess.Popen[bytes] | None) -> None:
        """Waits until the city is made.

        Raises:
            Problem: the simulator says why not.
        """
        if making is None:
            return
        self.family.wait_for("city")
        self._mark.touch()

    def serve(self) -> None:
        """Starts the terminals and waits until those that are on the network listen.

        Raises:
            Problem: a port is taken, or they do not come up.
        """
        self._require_free_ports()
        self._served.unlink(missing_ok=True)
        serving = self._command("serve", str(self.folder))
        self.family.start("terminals", serving, child_environment(self.settings), self._log)
        self._wait_for("Mesin-mesin tiruan belum menjawab", lambda: self._served_clock() is not None)

    def _require_free_ports(self) -> None:
        """The addresses of a city stay as they were made: a port may be another program's by now."""
        with (self.site_folder / "terminals.csv").open(encoding="utf-8", newline="") as file:
            addresses = [row["address"] for row in csv.DictReader(file) if row["address"]]
        taken = [port for port in (int(address.rpartition(":")[2]) for address in addresses) if not is_free(port)]
        if taken:
            raise Problem(
                f"Porta {taken[0]} milik mesin tiruan sudah dipakai program lain; hentikan program itu,"
                " atau buat kota baru di porta lain dengan 'make clean' lalu 'make demo'."
            )

    def set_clock(self, moment: str) -> None:
        """The terminals' time stands still at `moment`."""
        self._write_clock({"mode": "frozen", "at": self._wall(datetime.fromisoformat(moment))})

    def run_clock(self, now: datetime, offset_s: int) -> None:
        """The terminals' time runs, `offset_s` from the machine's, whose clock shows `now`."""
        moment = now.replace(microsecond=0)
        city = moment + timedelta(seconds=offset_s)
        self._write_clock({"mode": "running", "at": self._wall(city), "since_epoch": moment.timestamp()})

    def _wall(self, moment: datetime) -> str:
        return local_wall(moment, self.settings.zone).isoformat()

    def _write_clock(self, content: dict[str, Any]) -> None:
        text = json.dumps(content)
        draft = self.folder / f".clock.{os.getpid()}"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.folder / "clock.json")  # never half-written under the terminals' eyes
        self._wait_for("Mesin-mesin tiruan belum memakai jam baru", lambda: self._served_clock() == text)

    @property
    def _served(self) -> Path:
        return self.folder / "served.json"

    def _served_clock(self) -> str | None:
        """The clock file's text that the terminals go by; None: they do not serve yet."""
        try:
            return str(json.loads(self._served.read_text(encoding="utf-8"))["clock"])
        except (OSError, ValueError):
            return None

    def _wait_for(self, complaint: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.family.watch()
            if time.monotonic() > deadline:
                raise Problem(f"{complaint} setelah {PATIENCE_S:.0f} detik; lihat {self._log}.")
            time.sleep(0.05)

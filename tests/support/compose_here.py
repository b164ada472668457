"""Runs the services of docker/compose*.yml on this machine, outside Docker: their own commands, their own environment.

What a container would give is put in its place by replacement: names of other services become loopback addresses,
folders of the image become folders here. Nothing else is inherited from the caller.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
Service = dict[str, Any]


def services(*names: str) -> dict[str, Service]:
    """The services of these files, the later laid over the earlier, as compose does: maps merge, the rest replaces."""
    merged: dict[str, Service] = {}
    for name in names:
        for key, service in _services_of(name).items():
            base = service.pop("extends", None)
            below = merged.get(key, {}) if base is None else _services_of(base["file"])[base["service"]]
            merged[key] = _laid_over(below, service)
    return merged


def _services_of(name: str) -> dict[str, Service]:
    found: dict[str, Service] = yaml.safe_load((DOCKER / name).read_text(encoding="utf-8"))["services"]
    return found


def _laid_over(base: Service, upper: Service) -> Service:
    both = base | upper
    for key in ("environment", "depends_on"):
        if key in base and key in upper:
            both[key] = base[key] | upper[key]
    return both


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Here:
    """A folder for the volumes; what replaces parts of a text, what replaces whole values, and what is added."""

    folder: Path
    parts: dict[str, str]
    wholes: dict[str, str]
    extra: dict[str, str]

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def translated(self, text: str) -> str:
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)  # a variable that nobody has set: its default
        for there, here in self.parts.items():
            text = text.replace(there, here)
        return self.wholes.get(text, text)

    def environment(self, service: Service) -> dict[str, str]:
        """What the container would see, and nothing of the caller's own."""
        programs = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin"
        own = {name: self.translated(str(value)) for name, value in service.get("environment", {}).items()}
        home = str(self.folder / "home")
        machine = {"PATH": programs, "HOME": home, "LANG": "C.UTF-8", "HOSTNAME": socket.gethostname()}
        return machine | own | self.extra

    def command(self, words: list[str]) -> list[str]:
        """`words` as they run here; Airflow by module: a script's first line breaks in a folder with a space."""
        translated = [self.translated(word).replace("$$", "$") for word in words]
        if translated[0] == "airflow":
            return [sys.executable, "-m", *translated]
        return translated

    def start(self, name: str, service: Service, log: Path | None = None) -> subprocess.Popen[bytes]:
        path = log or self.folder / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as output:
            return subprocess.Popen(
                self.command(service["command"]), env=self.environment(service), cwd=self.folder, stdout=output,
                stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def is_healthy(self, service: Service) -> bool:
        """What compose would say of it: its own health check, run once."""
        kind, *words = service["healthcheck"]["test"]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        done = subprocess.run(
            self.command(command), env=self.environment(service), cwd=self.folder, capture_output=True, timeout=90,
            check=False,
        )  # fmt: skip
        return done.returncode == 0


def make_secrets(folder: Path) -> None:
    """The folder of secrets, by the script that the README names."""
    subprocess.run(["sh", str(DOCKER / "make_secrets.sh"), str(folder)], check=True, capture_output=True)


def program(name: str) -> str:
    """A program that `make test-witness` brings."""
    found = shutil.which(name)
    assert found is not None, f"no {name}: 'make test-witness' brings it"
    return found

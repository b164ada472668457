"""A real compose client reads docker/: it accepts both stacks, and would start what the rules were read from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.compose_here import DOCKER, make_secrets, program, services

pytestmark = pytest.mark.witness
STACKS = (("compose.yml",), ("compose.yml", "compose.workers.yml"))


def config(folder: Path, files: tuple[str, ...], secrets: Path) -> subprocess.CompletedProcess[str]:
    chosen = [word for name in files for word in ("-f", str(folder / name))]
    command = [program("docker-compose"), "-p", "hadir", *chosen, "config"]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(secrets), "HADIR_SECRETS": str(secrets)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    make_secrets(tmp_path / "secrets")
    return tmp_path / "secrets"


@pytest.mark.parametrize("files", STACKS)
def test_the_client_reads_the_same_services(files: tuple[str, ...], secrets: Path) -> None:
    done = config(DOCKER, files, secrets)
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    ours = services(*files)
    assert set(read) == set(ours)
    for name, service in ours.items():
        given = {key: str(value) for key, value in (read[name].get("environment") or {}).items()}
        assert given == {key: str(value) for key, value in service.get("environment", {}).items()}, name


def test_a_key_that_compose_does_not_know_is_refused(secrets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "docker"
    shutil.copytree(DOCKER, folder, ignore=shutil.ignore_patterns("secrets"))
    broken = folder / "compose.yml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("healthcheck:", "health_check:", 1), encoding="utf-8")
    assert config(folder, ("compose.yml",), secrets).returncode != 0

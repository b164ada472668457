"""What docker/ promises, by its files: pinned, unprivileged, loopback, no secret in clear. Each rule breaks once."""

from __future__ import annotations

import copy
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.compose_here import DOCKER, ROOT, Service, make_secrets, services
from warehouse.connection import LOGIN_ROLES
from warehouse.settings import TELEMETRY_OFF

pytestmark = pytest.mark.unit
ONE_SHOT = {"prepare", "dashboards-apply"}
FOREIGN = {"postgres", "metabase", "redis"}
SECRET_WORDS = re.compile(r"PASSWORD|SECRET|FERNET|CONN|BROKER|BACKEND|_PASS")
# Loopback, or what the operator names: without a name it stays loopback.
LOOPBACK_PORT = re.compile(r"(127\.0\.0\.1|\$\{\w+:-127\.0\.0\.1\}):")
EVERYTHING = ("compose.yml", "compose.workers.yml")


def violations(found: dict[str, Service]) -> Iterator[str]:
    for name, service in found.items():
        if not re.fullmatch(r"[a-z/]+:v?\d+(\.\d+)+(-\w+)?", service["image"]):
            yield f"{name}: image {service['image']} is not pinned"
        if name not in ONE_SHOT and "healthcheck" not in service:
            yield f"{name}: no health check"
        ports = service.get("ports", [])
        yield from (f"{name}: port {port} is open to others" for port in ports if not LOOPBACK_PORT.match(port))
        yield from told_secrets(name, service.get("environment", {}))
        if name not in FOREIGN:
            yield from unguarded(name, service)


def told_secrets(name: str, environment: dict[str, str]) -> Iterator[str]:
    for key, value in environment.items():
        if value and SECRET_WORDS.search(key) and not key.endswith(("_FILE", "_CMD", "_FOLDER", "_MANAGER")):
            yield f"{name}: {key} is a secret in clear"
        if key.endswith("_CMD") and not value.startswith("cat /run/"):
            yield f"{name}: {key} reads no secret file"


def unguarded(name: str, service: Service) -> Iterator[str]:
    if service.get("cap_drop") != ["ALL"] or not service.get("read_only") or "user" in service:
        yield f"{name}: has more rights than it needs"
    for key, value in TELEMETRY_OFF.items():
        if service["environment"].get(key) != value:
            yield f"{name}: {key} is not off"


def test_both_files_keep_the_rules() -> None:
    assert list(violations(services(*EVERYTHING))) == []


@pytest.mark.parametrize(
    ("name", "key", "value", "complaint"),
    [
        ("postgres", "image", "postgres:latest", "is not pinned"),
        ("scheduler", "healthcheck", None, "no health check"),
        ("metabase", "ports", ["3000:3000"], "open to others"),
        ("push", "ports", ["${HADIR_PUSH_ADDRESS:-0.0.0.0}:8081:8081"], "open to others"),
        ("scheduler", "environment", {"AIRFLOW__CORE__FERNET_KEY": "x"}, "secret in clear"),
        ("scheduler", "environment", {"AIRFLOW__CORE__FERNET_KEY_CMD": "echo x"}, "reads no secret file"),
        ("worker-lan", "cap_drop", [], "more rights"),
        ("api-server", "environment", {"DO_NOT_TRACK": "0"}, "is not off"),
    ],
)
def test_each_rule_is_seen_to_break(name: str, key: str, value: object, complaint: str) -> None:
    broken = copy.deepcopy(services(*EVERYTHING))
    if value is None:
        del broken[name][key]
    elif isinstance(value, dict):
        broken[name][key] |= value
    else:
        broken[name][key] = value
    assert any(complaint in found for found in violations(broken))


def test_every_queue_that_a_task_asks_for_is_served() -> None:
    found = services(*EVERYTHING)
    queues = {name: found[name]["command"][4] for name in found if name.startswith("worker-")}
    assert queues == {"worker-default": "default", "worker-lan": "lan", "worker-face": "face"}
    used = set(re.findall(r'queue="(\w+)"', "".join(path.read_text() for path in (ROOT / "dags").glob("*.py"))))
    assert used <= set(queues.values()), "a task waits for a queue that nobody serves"


def test_every_secret_that_is_read_is_made_by_the_script(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    texts = "".join((DOCKER / name).read_text() for name in (*EVERYTHING, "prepare.sh", "postgres/databases.sh"))
    made = {path.name for path in tmp_path.iterdir()}
    assert set(re.findall(r"cat /run/(?:hadir-)?secrets/(\w+)", texts)) <= made
    assert {f"pg_{role}" for role in LOGIN_ROLES} | {"pg_superuser"} <= made
    assert {name for file in EVERYTHING for name in yaml.safe_load((DOCKER / file).read_text())["secrets"]} <= made
    assert tmp_path.stat().st_mode & 0o077 == 0


def test_the_script_keeps_the_secrets_that_are_there(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    make_secrets(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert len(set(before.values())) == len(before), "two secrets are the same"


def test_the_image_holds_every_room_but_the_simulator() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]) - {"hadir.py", "simulator"}
    dockerfile = (DOCKER / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.M))
    assert copied == rooms | {"dags", "dbt_project", "docker", "docs"}
    assert "USER hadir" in dockerfile.split("FROM")[-1]
    assert {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"} >= copied


def test_the_scripts_are_sound_shell() -> None:
    for path in sorted(DOCKER.rglob("*.sh")):
        assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0, path

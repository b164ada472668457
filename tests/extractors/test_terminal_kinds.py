"""`hadir terminal probe|read` for every kind of terminal, over UDP where it speaks it: JSON and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from extractors.door import mount
from simulator.profiles import PROFILES
from tests.extractors.simulated import SERIAL, free_port, simulated

pytestmark = pytest.mark.unit

COUNT = 150
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def hadir() -> Run:
    app = typer.Typer()
    mount(app)

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, [*words, "--json"])
        return result.exit_code, json.loads(result.stdout)

    return run


@pytest.mark.parametrize("kind", [kind for kind, one in PROFILES.items() if not one.push_only])
def test_each_kind_is_probed_and_read(hadir: Run, tmp_path: Path, kind: str) -> None:
    profile = PROFILES[kind]
    with simulated(COUNT, kind, comm_key=987) as sim:
        address = sim.address(profile.channels[-1])
        probed = hadir("terminal", "probe", address, "--comm-key", "987")
        read = hadir("terminal", "read", address, "--comm-key", "987", "--out", str(tmp_path / "log.csv"))

    assert (probed[0], read[0]) == (0, 0)
    facts = {
        key: probed[1][key] for key in ("serial", "platform", "firmware", "layout", "counted", "capacity", "error")
    }
    assert facts == {
        "serial": SERIAL, "platform": profile.platform, "firmware": profile.firmware, "layout": profile.form,
        "counted": COUNT, "capacity": 100_000, "error": None,
    }  # fmt: skip
    answer = {key: read[1][key] for key in ("layout", "counted_before", "counted_after", "rows", "rejects", "complete")}
    assert answer == {
        "layout": profile.form, "counted_before": COUNT, "counted_after": COUNT, "rows": COUNT, "rejects": [],
        "complete": True,
    }  # fmt: skip
    first = (tmp_path / "log.csv").read_text(encoding="ascii").splitlines()[1]
    planted = sim.records[0]
    verify = planted["verify"] & 3 if profile.form == "zk8b" else planted["verify"]
    at = str(sim.appears_at[0].astype("datetime64[s]")).replace("T", " ")
    assert first == f"0,{planted['pin'].decode()},{at},{planted['state']},{verify},0"


@pytest.mark.parametrize("channel", ["tcp", "udp"])
def test_push_only_firmware_is_exit_3_and_says_what_to_use(hadir: Run, tmp_path: Path, channel: str) -> None:
    with simulated(COUNT, "H5L") as sim:
        code, answer = hadir("terminal", "read", sim.address(channel), "--out", str(tmp_path / "log.csv"))

    assert (code, answer["rows"], answer["complete"]) == (3, 0, False)
    assert (answer["error"]["class"], answer["error"]["phase"]) == ("unsupported", "transfer")
    assert "push" in answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_closed_port_is_exit_4_over_udp(hadir: Run) -> None:
    code, answer = hadir("terminal", "probe", f"udp://127.0.0.1:{free_port()}")

    assert code == 4
    assert (answer["error"]["class"], answer["error"]["phase"]) == ("transient", "connect")


def test_a_user_that_the_terminal_does_not_know_lands_under_its_number(hadir: Run, tmp_path: Path) -> None:
    with simulated(COUNT, "BW8") as sim:
        users = bytearray(sim.terminal.users)
        users[:28] = bytes(28)  # uid 1, PIN 101, was deleted
        sim.terminal.users = bytes(users)
        code, answer = hadir("terminal", "read", sim.address("udp"), "--out", str(tmp_path / "log.csv"))

    pins = [line.split(",")[1] for line in (tmp_path / "log.csv").read_text(encoding="ascii").splitlines()[1:]]
    planted = [pin.decode() for pin in sim.records["pin"].tolist()]
    assert (code, answer["rejects"]) == (0, [])
    assert pins == ["uid:1" if pin == "101" else pin for pin in planted]

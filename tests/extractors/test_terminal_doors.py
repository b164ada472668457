"""`hadir terminal probe|read` and `hadir decode`: JSON, exit codes and files as the contract says; no database."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from extractors.door import mount
from simulator.solution import SolutionFault, SolutionPunch, SolutionTerminal, serving
from tests.extractors.fake_terminal import FakeTerminal, record
from tests.support.export_files import FK_HEADERS, fk_file
from warehouse.console import Problem

pytestmark = pytest.mark.unit

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def hadir() -> Run:
    """Runs a command with --json: exit code and the one object on stdout."""
    app = typer.Typer()
    mount(app)

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, [*words, "--json"])
        code = int(result.exception.code) if isinstance(result.exception, Problem) else result.exit_code
        return code, json.loads(result.stdout) if result.stdout.strip() else {}

    return run


def sound(**behaviour: Any) -> FakeTerminal:
    start = datetime(2017, 3, 1, 7, 30)
    records = [record(f"{index:03}", start + timedelta(seconds=index)) for index in range(60)]
    records[5] = b"\x5a" * 40
    return FakeTerminal(records=records, **behaviour)


def test_read_writes_the_csv_and_says_what_it_was(hadir: Run, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    with sound().running() as terminal:
        code, answer = hadir("terminal", "read", terminal.address, "--out", str(out))

    drift = answer.pop("clock_drift_s")
    assert code == 0
    assert answer == {
        "serial": "CLG0001",
        "layout": "zk40",
        "counted_before": 60,
        "counted_after": 60,
        "rows": 59,
        "rejects": [{"ordinal": 5, "reason": "pola isian memori"}],
        "complete": True,
        "error": None,
    }
    assert drift < -86400  # the fake's clock stands in 2017
    text = out.read_text(encoding="ascii").splitlines()
    assert text[0] == "ordinal,pin,punched_at,state,verify,work_code"
    assert text[1] == "0,000,2017-03-01 07:30:00,0,1,0"
    assert text[6] == "6,006,2017-03-01 07:30:06,0,1,0"
    assert len(text) == 60


def test_a_cut_line_is_exit_3_and_no_file(hadir: Run, tmp_path: Path) -> None:
    with sound(cut_at_offset=100).running() as terminal:
        code, answer = hadir("terminal", "read", terminal.address, "--out", str(tmp_path / "log.csv"))

    assert code == 3
    assert (answer["complete"], answer["rows"], answer["counted_before"]) == (False, 0, 60)
    assert {key: answer["error"][key] for key in ("class", "phase")} == {"class": "transient", "phase": "transfer"}
    assert list(tmp_path.iterdir()) == []


def test_nobody_there_is_exit_4_and_a_wrong_address_exit_2(hadir: Run, tmp_path: Path) -> None:
    gone = sound()
    with gone.running():
        address = gone.address
    out = ("--out", str(tmp_path / "log.csv"))

    code, answer = hadir("terminal", "read", address, *out)
    assert (code, answer["error"]["class"], answer["error"]["phase"]) == (4, "transient", "connect")
    assert hadir("terminal", "read", "10.0.0.1", *out)[0] == 2
    assert hadir("terminal", "read", address, *out, "--comm-key", "1000000")[0] == 2
    assert hadir("terminal", "probe", "10.0.0.1")[0] == 2


def test_probe_says_who_is_there(hadir: Run) -> None:
    with sound().running() as terminal:
        code, answer = hadir("terminal", "probe", terminal.address)

    answer.pop("clock_drift_s")
    assert code == 0
    assert answer == {
        "serial": "CLG0001",
        "platform": None,
        "firmware": "Ver 6.60 Apr 28 2016",
        "layout": "zk40",
        "counted": 60,
        "capacity": 100_000,
        "error": None,
    }


def test_probe_with_a_wrong_key_is_exit_3(hadir: Run) -> None:
    with sound(comm_key_bytes=b"none").running() as terminal:
        code, answer = hadir("terminal", "probe", terminal.address, "--comm-key", "5")

    assert (code, answer["error"]["class"], answer["error"]["phase"]) == (3, "terminal", "login")


def test_decode_names_torn_lines(hadir: Run, tmp_path: Path) -> None:
    export, out = tmp_path / "attlog.dat", tmp_path / "log.csv"
    export.write_bytes(b'   1,2\t2017-03-01 07:30:00\t1\t0\t1\t0\n\ntorn\n    "3\t2017-03-01 07:30:01\t1\t0\t1\t0\n')

    code, answer = hadir("decode", str(export), "--out", str(out))

    assert (code, answer["lines"], answer["rows"]) == (0, 3, 2)
    assert answer["rejects"] == [{"line": 3, "reason": "baris robek"}]
    assert out.read_text().splitlines()[1:] == [
        '0,"1,2",2017-03-01 07:30:00,0,1,0',
        '2,"""3",2017-03-01 07:30:01,0,1,0',
    ]


def test_decode_refuses_what_is_no_export(hadir: Run, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4")

    code, answer = hadir("decode", str(tmp_path / "x.pdf"), "--out", str(tmp_path / "log.csv"))

    assert (code, answer["rows"]) == (3, 0)
    assert not (tmp_path / "log.csv").exists()
    assert hadir("decode", str(tmp_path / "none"), "--out", str(tmp_path / "log.csv"))[0] == 2


@pytest.mark.parametrize(
    "command", [["pull"], ["import"], ["decode"], ["terminal", "probe"], ["terminal", "read"], ["terminal", "set-time"]]
)
def test_every_command_has_an_example(command: list[str]) -> None:
    app = typer.Typer()
    mount(app)

    assert "Contoh: hadir" in CliRunner().invoke(app, [*command, "--help"]).stdout


def test_text_for_people_has_no_json(tmp_path: Path) -> None:
    app = typer.Typer()
    mount(app)
    with sound().running() as terminal:
        text = CliRunner().invoke(app, ["terminal", "read", terminal.address, "--out", str(tmp_path / "l.csv")]).stdout

    assert "lengkap              ya" in text
    assert "ditolak nomor 5: pola isian memori" in text


def web_server(**changes: Any) -> SolutionTerminal:
    log = [SolutionPunch("007", "2017-03-01 07:30:00", 15), SolutionPunch("8", "2017-02-30 07:30:00")]
    return SolutionTerminal("SOL0001", datetime.now, log, comm_key=123, **changes)


def test_a_terminal_with_a_web_server_is_read_in_the_same_form(hadir: Run, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    with serving(web_server()) as address:
        code, answer = hadir("terminal", "read", address, "--out", str(out), "--comm-key", "123")

    assert (code, answer["serial"], answer["layout"], answer["complete"]) == (0, "SOL0001", None, True)
    assert (answer["counted_before"], answer["counted_after"], answer["rows"]) == (2, 2, 1)
    assert answer["rejects"] == [{"ordinal": 1, "reason": "tanggal mustahil"}]
    assert out.read_text(encoding="ascii").splitlines()[1:] == ["0,007,2017-03-01 07:30:00,0,15,0"]


def test_a_terminal_with_a_web_server_is_probed_or_refused(hadir: Run, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    with serving(web_server()) as address:
        code, found = hadir("terminal", "probe", address, "--comm-key", "123")
    with serving(web_server(fault=SolutionFault(method="GetAttLog", cut_body=90))) as address:
        refused, answer = hadir("terminal", "read", address, "--out", str(out), "--comm-key", "123")
    gone, lost = hadir("terminal", "read", address, "--out", str(out), "--comm-key", "123")

    assert (code, found["serial"], found["platform"], found["counted"]) == (0, "SOL0001", "ZEM560", None)
    assert (refused, answer["error"]["class"], answer["error"]["phase"]) == (3, "transient", "transfer")
    assert (gone, lost["error"]["phase"], out.exists()) == (4, "connect", False)


def test_decode_reads_the_files_of_another_family(hadir: Run, tmp_path: Path) -> None:
    rows = [(1, "00000007", b"", "03/01/2017 07:30:00"), (2, "8", b"", "02/30/2017 07:30:00")]
    (tmp_path / "AGL_001.TXT").write_bytes(fk_file(FK_HEADERS["AGL"], rows, end=b"\r\n"))

    code, answer = hadir("decode", str(tmp_path / "AGL_001.TXT"), "--out", str(tmp_path / "log.csv"))

    assert code == 0
    assert answer == {
        "format": "fk_log", "lines": 2, "rows": 1, "rejects": [{"line": 3, "reason": "tanggal mustahil"}]
    }  # fmt: skip
    assert (tmp_path / "log.csv").read_text(encoding="ascii").splitlines()[1:] == [
        "0,00000007,2017-03-01 07:30:00,255,2,0"
    ]

"""`hadir push` and `hadir simulator push` by hand."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hadir import mount_doors
from tests.extractors.push.conftest import SERIAL, Receiving
from tests.support.reference_rows import fetch

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def here(receiver: Receiving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.push_door.load_settings", lambda: receiver.settings)


def hadir(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(mount_doors(), arguments)
    return done.exit_code, done.stdout


def test_the_simulated_terminal_pushes_by_hand(receiver: Receiving) -> None:
    url = f"http://127.0.0.1:{receiver.port}"
    code, told = hadir("simulator", "push", url, "--serial", SERIAL, "--from", "2017-03-06T06:00:00", "--count", "3")
    assert (code, told.split(" rekaman")[0]) == (0, "3")
    assert fetch(receiver.settings, "select count(*) from raw.punches") == [(3,)]

    assert hadir("simulator", "push", url, "--serial", "STRANGE", "--from", "2017-03-06T06:00:00")[0] == 4
    assert hadir("simulator", "push", url, "--serial", SERIAL, "--from", "kemarin")[0] == 2


def test_the_status_tells_terminals_periods_and_strangers(receiver: Receiving) -> None:
    receiver.poll()
    receiver.serial = "STRANGE"
    receiver.get("getrequest")

    told = json.loads(hadir("push", "status", "--json")[1])
    assert [row["terminal_serial"] for row in told["terminals"]] == [SERIAL]
    assert [row["reason"] for row in told["queries"]] == ["first"]
    assert [row["terminal_serial"] for row in told["strangers"]] == ["STRANGE"]
    text = hadir("push", "status")[1]
    assert "nomor seri tidak terdaftar" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_period_is_asked_for_by_hand_and_only_of_one_that_pushes(receiver: Receiving) -> None:
    receiver.settle()
    span = ("--from", "2017-03-01T00:00", "--to", "2017-03-02T00:00")
    assert hadir("push", "ask", "--terminal", SERIAL, *span)[0] == 0
    assert "StartTime=2017-03-01 00:00:00\tEndTime=2017-03-02 00:00:00" in receiver.poll()

    assert hadir("push", "ask", "--terminal", "NOBODY", *span)[0] != 0
    assert hadir("push", "ask", "--terminal", SERIAL, "--from", "x", "--to", "y")[0] != 0

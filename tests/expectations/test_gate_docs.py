"""Data Docs: there for people, small, without persons; and nobody is called."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from expectations import data_docs, validation
from expectations.suites import CHECKS
from warehouse.settings import TELEMETRY_OFF

pytestmark = pytest.mark.db

DAY = "2017-02-06"


def pages(office: Any) -> dict[str, str]:
    site = data_docs.site_dir(office.settings)
    return {str(path.relative_to(site)): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


def results(office: Any) -> list[Path]:
    return [path for path in (office.settings.var_dir / "gx_results").rglob("*") if path.is_file()]


def test_a_run_has_pages_for_each_suite_and_a_first_page_that_leads_to_them(office: Any) -> None:
    office.pull(("101", f"{DAY} 07:21:00"), ("999", f"{DAY} 07:22:00"), rejects=("isi_pola",))

    report = office.check()

    found = pages(office)
    run = data_docs.run_name(report.run_id)
    validations = [name for name in found if name.startswith("validations/")]
    assert {name.split("/")[1] for name in validations} == {"batch_punches", "batch_pulls", "batch_rejects"}
    assert all(name.split("/")[2] == run for name in validations)
    assert all(f'href="{name}"' in found["index.html"] for name in validations)
    assert ">1</span> PIN tidak dikenal di terminal itu" in found["index.html"]
    whole = "".join(found.values())
    assert all(check.note[:40] in whole for check in CHECKS)
    assert "isi_pola" in whole
    assert f"{office.one('select max(pull_id) from raw.pulls')}:1" in whole


def test_the_pages_open_without_a_network(office: Any) -> None:
    office.pull(("999", f"{DAY} 07:22:00"), rejects=("isi_pola",))

    office.check()

    for name, page in pages(office).items():
        assert "//" not in page.replace("</", ""), name
        assert "<script" not in page, name


def test_the_twin_as_great_expectations_makes_it_fetches_from_strangers(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_docs, "without_strangers", lambda html: html)
    office.pull(("999", f"{DAY} 07:22:00"))

    office.check()

    assert any("https://" in page for page in pages(office).values())


def test_the_pages_name_bad_rows_but_no_person(office: Any) -> None:
    office.employee("orang-rahasia", "103")
    office.pull(("987654321", f"{DAY} 07:22:13"), ("103", f"{DAY} 18:11:12"))

    office.check()

    everything = "".join(pages(office).values()) + "".join(path.read_text() for path in results(office))
    pull_id = office.one("select max(pull_id) from raw.pulls")
    assert f"{pull_id}:0" in everything
    # longer than what a random identifier of Great Expectations could spell
    for personal in ("987654321", "07:22:13", "18:11:12", "orang-rahasia", "Nama Rahasia"):
        assert personal not in everything
    assert office.settings.secret("pg_check") not in everything


def test_the_twin_with_values_shown_would_name_persons(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = validation.suite

    def with_pins(relation: str) -> Any:
        from great_expectations import expectations as gxe

        made = original(relation)
        if relation == "batch_punches":
            made.expectations[0] = gxe.ExpectColumnValuesToBeInSet(
                column="pin", value_set=["987654321"], meta={"code": "pin_unknown"}
            )
        return made

    monkeypatch.setattr(validation, "suite", with_pins)
    office.pull(("987654321", f"{DAY} 07:22:13"))
    office.check()

    assert "987654321" in "".join(pages(office).values())


def test_many_bad_rows_do_not_swell_the_pages(office: Any) -> None:
    office.pull(*[("999", f"{DAY} {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}") for n in range(14400, 16400)])

    office.check()

    assert len(office.held()) == 2000
    assert max(path.stat().st_size for path in results(office)) < 30_000
    assert max(len(page) for page in pages(office).values()) < 200_000


def test_old_runs_are_forgotten(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_docs, "KEPT_RUNS", 2)
    for minute in range(3):
        office.pull(("101", f"{DAY} 07:2{minute}:00"))
        office.check(hours=minute)

    found = pages(office)

    runs = {name.split("/")[2] for name in found if name.startswith("validations/")}
    assert runs == {data_docs.run_name(2), data_docs.run_name(3)}
    assert found["index.html"].count("<td>1</td>") == 0
    assert found["index.html"].count("<td>2</td>") == 3
    assert not any(data_docs.run_name(1) in str(path) for path in results(office))


def test_great_expectations_is_told_to_be_silent() -> None:
    context = validation.make_context()

    assert context.config.analytics_enabled is False
    assert TELEMETRY_OFF["GX_ANALYTICS_ENABLED"] == "false"
    assert TELEMETRY_OFF["DO_NOT_TRACK"] == "1"


class Called(Exception):
    """Somebody opened a connection from Python."""


@pytest.fixture
def no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is reached by libpq, so no connection at all may begin in Python."""

    def refuse(*_: Any, **__: Any) -> None:
        raise Called

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_run_with_pages_calls_nobody(office: Any, no_calls: None) -> None:
    office.pull(("999", f"{DAY} 07:22:00"))

    assert office.check().quarantined == {"pin_unknown": 1}


def test_the_twin_that_calls_is_caught(office: Any, no_calls: None, monkeypatch: pytest.MonkeyPatch) -> None:
    original = data_docs.publish

    def publish_and_tell(*values: Any) -> Path:
        socket.create_connection(("192.0.2.1", 443), timeout=1)
        return original(*values)

    monkeypatch.setattr(data_docs, "publish", publish_and_tell)
    office.pull(("999", f"{DAY} 07:22:00"))

    with pytest.raises(Called):
        office.check()

"""Each check has a twin: good data is green, data broken in that one way is red. And what the verdicts set off."""

from __future__ import annotations

from typing import Any

import pytest

from expectations.suites import CHECKS

pytestmark = pytest.mark.db

DAY = "2017-02-06"
GOOD = (("101", f"{DAY} 07:21:00"), ("101", f"{DAY} 16:03:00"), ("102", f"{DAY} 07:29:59"))
AROUND = ["2017-02-05", "2017-02-06", "2017-02-07"]


def results(report: Any) -> dict[str, bool]:
    return {one.code: one.is_success for one in report.results}


def test_good_data_is_green_in_every_check_and_holds_nothing_back(office: Any) -> None:
    office.pull(*GOOD)

    report = office.check()

    assert results(report) == {check.code: True for check in CHECKS}
    assert (report.punch_count, report.pull_count, report.open_count) == (3, 1, 0)
    assert report.warnings == ()
    assert office.held() == []
    assert office.touched() == set()


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        pytest.param("pin_unknown", {"punches": (("999", f"{DAY} 07:21:00"),)}, id="pin of nobody"),
        pytest.param("pin_unknown", {"punches": (("101", f"{DAY} 07:21:00"),), "serial": "T-9"}, id="elsewhere"),
        pytest.param("posting_invalid", {"punches": (("103", f"{DAY} 07:21:00"),)}, id="posted no longer"),
        pytest.param("future_punch", {"punches": (("101", f"{DAY} 17:00:01"),)}, id="one second ahead"),
        pytest.param("office_hours", {"punches": (("101", f"{DAY} 02:00:00"),)}, id="at two in the night"),
        pytest.param("clock_drift", {"punches": GOOD, "drift": 61}, id="clock ahead"),
        pytest.param("clock_drift", {"punches": GOOD, "drift": -61}, id="clock behind"),
        pytest.param("reject_share", {"punches": GOOD, "rejects": ("tanggal_mustahil",)}, id="one of four"),
        pytest.param("rejects_stored", {"punches": GOOD, "rejects": ("isi_pola",)}, id="one reject"),
        pytest.param("ledger_mismatch", {"punches": GOOD, "claimed": 4}, id="the ledger says four"),
    ],
)
def test_data_broken_in_one_way_is_red_in_that_check(office: Any, code: str, broken: dict[str, Any]) -> None:
    office.employee("e-3", "103")
    office.run("update reference.postings set valid_to = %s where employee_id = 'e-3'", DAY)
    punches = broken.pop("punches")
    if "claimed" in broken:
        office.let_the_ledger_lie()
    office.pull(*punches, **broken)

    report = office.check()

    red = {one for one, success in results(report).items() if not success}
    beside = {"reject_share": {"rejects_stored"}, "rejects_stored": {"reject_share"}}.get(code, set())
    assert red == {code} | beside


@pytest.mark.parametrize(
    "fine",
    [
        pytest.param({"punches": (("101", f"{DAY} 17:00:00"),)}, id="at the very second of the device clock"),
        pytest.param({"punches": (("101", f"{DAY} 03:30:00"),)}, id="four hours before the shift"),
        pytest.param({"punches": (("101", f"{DAY} 16:59:00"),), "drift": 60}, id="drift at the bound"),
        pytest.param({"punches": (("101", "2017-01-30 08:00:00"),)}, id="day of installation"),
        pytest.param({"punches": GOOD, "drift": None}, id="clock unknown"),
    ],
)
def test_the_bounds_themselves_are_green(office: Any, fine: dict[str, Any]) -> None:
    office.pull(*fine.pop("punches"), **fine)

    assert all(results(office.check()).values())


def test_the_length_of_the_reading_is_no_offence(office: Any) -> None:
    office.run("alter table raw.pulls disable trigger append_only")
    pull_id = office.pull(("101", f"{DAY} 17:00:03"))
    office.run("update raw.pulls set finished_at = started_at + interval '4 s' where pull_id = %s", pull_id)

    assert results(office.check())["future_punch"]


def test_a_file_without_device_clock_is_held_to_what_it_covers(office: Any) -> None:
    office.pull(("101", f"{DAY} 16:59:00"), ("102", f"{DAY} 17:30:00"), device_clock=None, channel="usb_file")

    office.check()

    assert office.held() == [("102", f"{DAY} 17:30:00", "future_punch")]


def test_a_night_shift_makes_every_hour_plausible(office: Any) -> None:
    office.run(
        "insert into reference.schedules values ('MALAM', 'Malam', '2017-01-02', 7, 1, 1, '19:00', '07:00',"
        " true, '2017-01-01', null, 'uji', 1)"
    )
    office.run("insert into reference.shift_assignments values ('employee', 'e-1', 'MALAM', '2017-01-01', null, 1)")
    office.pull(("101", f"{DAY} 02:00:00"), ("101", f"{DAY} 14:59:00"))

    assert results(office.check())["office_hours"]


def test_the_pin_of_the_terminal_beats_the_pin_of_the_office(office: Any) -> None:
    office.employee("e-3", "101", scope="terminal", code="T-1")
    office.run("delete from reference.postings where employee_id = 'e-3'")
    office.pull(("101", f"{DAY} 07:21:00"))

    office.check()

    assert office.held() == [("101", f"{DAY} 07:21:00", "posting_invalid")]
    assert office.touched() == {("e-3", day) for day in AROUND}


def test_a_pin_holds_only_on_its_days(office: Any) -> None:
    office.pin("e-1", "500", valid_from=DAY, valid_to="2017-02-07")
    office.pull(
        ("500", "2017-02-05 23:59:59"), ("500", f"{DAY} 00:00:00"), ("500", "2017-02-07 00:00:00"),
        device_clock="2017-02-08 00:00",
    )  # fmt: skip

    office.check()

    assert [row for row in office.held() if row[2] == "pin_unknown"] == [
        ("500", "2017-02-05 23:59:59", "pin_unknown"),
        ("500", "2017-02-07 00:00:00", "pin_unknown"),
    ]


def test_rows_that_are_no_longer_known_do_not_count(office: Any) -> None:
    office.run("update reference.pins set load_to = 1 where pin = '101'")
    office.pull(("101", f"{DAY} 07:21:00"))

    office.check()

    assert office.held() == [("101", f"{DAY} 07:21:00", "pin_unknown")]


def test_an_unknown_pin_touches_everybody_who_may_use_the_terminal(office: Any) -> None:
    office.employee("far", "900", code="BAPPEDA")
    office.employee("guest", "901", scope="terminal", code="T-1")
    office.pull(("999", f"{DAY} 07:21:00"))

    office.check()

    assert office.touched() == {(who, day) for who in ("e-1", "e-2", "guest") for day in AROUND}


def test_a_known_pin_touches_its_owner_only(office: Any) -> None:
    office.pull(("101", f"{DAY} 18:00:00"), ("102", f"{DAY} 07:21:00"))

    office.check()

    assert office.held() == [("101", f"{DAY} 18:00:00", "future_punch")]
    assert office.touched() == {("e-1", day) for day in AROUND}


def test_warnings_never_quarantine(office: Any) -> None:
    office.pull(("101", f"{DAY} 02:00:00"), drift=240, rejects=("isi_pola",) * 5)

    report = office.check()

    assert office.held() == []
    assert report.warnings == (
        "Rekaman di luar jam wajar kantor: 1 dari 1.",
        "Jam terminal meleset lebih dari 60 detik: 1 dari 1.",
        "Lebih dari 5% catatan ditolak: 1 dari 1.",
    )


def test_rejects_are_reported_by_reason(office: Any) -> None:
    office.pull(*GOOD, rejects=("tanggal_mustahil", "isi_pola", "tanggal_mustahil"))

    report = office.check()

    assert report.rejects == {"isi_pola": 1, "tanggal_mustahil": 2}
    assert office.one("select details -> 'row_ids' from dq.check_results where check_code = 'rejects_stored'") == [
        "isi_pola", "tanggal_mustahil",
    ]  # fmt: skip


def test_a_pull_that_differs_from_its_ledger_is_refused_alone_and_asked_again(office: Any) -> None:
    office.let_the_ledger_lie()
    wrong = office.pull(("999", f"{DAY} 07:00:00"), claimed=2)
    right = office.pull(("998", f"{DAY} 07:01:00"))

    report = office.check()

    assert report.stopped_pulls == (wrong,)
    assert report.is_stopped
    assert office.run("select pull_id from dq.checked_pulls") == [(right,)]
    assert office.held() == [("998", f"{DAY} 07:01:00", "pin_unknown")]
    assert office.check().stopped_pulls == (wrong,)

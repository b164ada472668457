"""What is put right and what is objected to: raw stays, the day follows, each row names its author and letter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
import typer
from typer.testing import CliRunner

from decisions.approvals import Signature
from decisions.corrections import Correction, correct, withdraw
from decisions.door import mount
from decisions.months import close_month
from decisions.objections import Objection, answer_objection, file_objection
from decisions.rebuild import rebuild_month
from decisions.waiting import waiting
from law.explain import explain
from law.telling import tell
from tests.support.golden_town import AS_OF
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.console import Exit, Problem

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt
BKPP = Signature("bkpp", "800/41")
NOW = clock_at(AS_OF)
LATE_DAY = date(2017, 2, 3)  # P03 came at 07.42
STATED = Correction("P03", LATE_DAY, "time_in", "jari luka", stated_time=time(7, 25))
DISOWNED = Correction(
    "P13", date(2017, 2, 9), "disowned", "rekaman orang lain", None, "T-D", datetime(2017, 2, 9, 7, 20)
)


def status_of(town: Town, who: str, day: date) -> tuple[Any, ...]:
    (row,) = town.query(
        "select status, late_minutes from marts.fct_daily_attendance where employee_id = %s and work_date = %s",
        (who, day),
    )
    return row


def raw(town: Town) -> list[tuple[Any, ...]]:
    return town.query("select count(*), sum(hashtext(punches::text)) from raw.punches")


def test_a_stated_and_a_disowned_punch_change_the_day_and_never_raw(town: Town) -> None:
    before = raw(town)
    assert [status_of(town, "P03", LATE_DAY), status_of(town, "P13", DISOWNED.work_date)] == [
        ("TERLAMBAT", 12), ("HADIR", 0),
    ]  # fmt: skip

    written = correct(town.settings, STATED, BKPP, NOW)
    correct(town.settings, DISOWNED, BKPP, NOW)
    stranger = replace(DISOWNED, employee_id="P01")  # has no PIN at that terminal
    with pytest.raises(Problem, match="Tidak ada rekaman"):
        correct(town.settings, stranger, BKPP, NOW)
    assert not build(town.settings, NOW).is_full

    assert status_of(town, "P03", LATE_DAY)[0] == "HADIR"
    assert status_of(town, "P13", DISOWNED.work_date)[0] == "TANPA_MASUK"
    assert raw(town) == before
    told = " ".join(tell(explain(town.settings, "P03", "2017-02-03")).split())
    assert "Rekaman 07.25.00 menurut koreksi" in told
    assert "masuk pukul 07.25 dinyatakan, karena jari luka (Kepala Contoh, Kepala BKPP, surat 800/41)" in told

    withdraw(town.settings, written.correction_id, "salah orang", BKPP, NOW)
    build(town.settings, NOW)
    assert status_of(town, "P03", LATE_DAY) == ("TERLAMBAT", 12)
    assert "Ditarik: salah orang" in " ".join(tell(explain(town.settings, "P03", "2017-02-03")).split())


@pytest.mark.parametrize(
    ("correction", "signature", "code"),
    [
        (STATED, Signature("sekda", "1"), Exit.REFUSED),
        (STATED, Signature("bkpp", " "), Exit.WRONG_USE),
        (Correction("P99", LATE_DAY, "time_in", "a", time(7)), BKPP, Exit.WRONG_USE),
        (Correction("P03", LATE_DAY, "time_in", "  ", time(7)), BKPP, Exit.WRONG_USE),
    ],
)
def test_a_correction_without_right_letter_person_or_reason_is_not_written(
    town: Town, correction: Correction, signature: Signature, code: Exit
) -> None:
    with pytest.raises(Problem) as refused:
        correct(town.settings, correction, signature, NOW)
    assert refused.value.code == code
    assert town.query("select count(*) from ops.corrections") == [(0,)]


def test_one_thing_is_corrected_once_until_it_is_withdrawn(town: Town) -> None:
    first = correct(town.settings, STATED, BKPP, NOW)
    with pytest.raises(Problem, match=f"hadir decide withdraw {first.correction_id}"):
        correct(town.settings, STATED, BKPP, NOW)
    withdraw(town.settings, first.correction_id, "salah jam", BKPP, NOW)
    with pytest.raises(Problem, match="yang berlaku"):
        withdraw(town.settings, first.correction_id, "lagi", BKPP, NOW)
    assert correct(town.settings, STATED, BKPP, NOW).correction_id > first.correction_id


def test_an_objection_stands_beside_its_cut_until_it_is_answered(town: Town) -> None:
    cut = explain(town.settings, "P02", "2017-02-07")["deductions"][0]
    before = town.query("select sum(payable_idr), sum(projected_idr) from marts.fct_monthly_deductions")
    objection = Objection(
        "P02", date(2017, 2, 1), "saya dinas luar", date(2017, 3, 30), deduction_id=cut["deduction_id"]
    )

    number = file_objection(town.settings, objection, BKPP, NOW)

    (state,) = town.query("select state, work_date, cut_count, deadline_date from marts.fct_objections")
    assert state == ("DIAJUKAN", date(2017, 2, 7), 1, date(2017, 4, 13))
    assert str(number) in {row["subject"] for row in waiting(town.settings) if row["matter"] == "objection"}
    day = explain(town.settings, "P02", "2017-02-07")
    assert [one["objection_id"] for one in day["deductions"][0]["objections"]] == [number]
    assert "dijawab paling lambat 13-04-2017" in " ".join(tell(day).split())
    other = explain(town.settings, "P02", "2017-02-08")["deductions"]
    assert not [one for cut in other for one in cut["objections"]]

    signed = Signature("bkpp", "800/50")
    answer_objection(town.settings, number, "DITOLAK", "tidak ada surat tugas", signature=signed, clock=NOW)

    assert town.query("select state, answered_by from marts.fct_objections") == [("DITOLAK", "Kepala Contoh")]
    assert not [row for row in waiting(town.settings) if row["matter"] == "objection"]
    month = " ".join(tell(explain(town.settings, "P02", "2017-02")).split())
    assert "DITOLAK 01-04-2017 oleh Kepala Contoh (Kepala BKPP), surat 800/50: tidak ada surat tugas" in month
    assert town.query("select sum(payable_idr), sum(projected_idr) from marts.fct_monthly_deductions") == before
    with pytest.raises(Problem) as again:
        answer_objection(town.settings, number, "DITERIMA", "berubah pikiran", signature=BKPP, clock=NOW)
    assert again.value.code == Exit.REFUSED


def test_an_unanswered_objection_is_late_after_its_deadline(town: Town) -> None:
    for filed in (date(2017, 3, 17), date(2017, 3, 18)):
        file_objection(town.settings, Objection("P03", date(2017, 2, 1), "keberatan", filed), BKPP, NOW)

    assert town.query("select filed_on, state from marts.fct_objections order by 1") == [
        (date(2017, 3, 17), "LEWAT_TENGGAT"),
        (date(2017, 3, 18), "DIAJUKAN"),
    ]
    titles = [row["title"] for row in waiting(town.settings) if row["matter"] == "objection"]
    assert ["(lewat tenggat)" in title for title in titles] == [True, False]


@pytest.mark.parametrize(
    "objection",
    [
        Objection("P03", date(2017, 2, 1), " ", date(2017, 3, 1)),
        Objection("P03", date(2017, 2, 1), "a", date(2017, 4, 2)),  # not filed yet
        Objection("P03", date(2016, 2, 1), "a", date(2017, 3, 1)),
        Objection("P03", date(2017, 2, 1), "a", date(2017, 3, 1), deduction_id="P02/2017-02-07/alpa"),
        Objection("P03", date(2017, 2, 1), "a", date(2017, 3, 1), work_date=date(2017, 2, 4)),  # a Saturday
    ],
)
def test_an_objection_is_against_something_that_was_judged(town: Town, objection: Objection) -> None:
    with pytest.raises(Problem):
        file_objection(town.settings, objection, BKPP, NOW)
    assert town.query("select count(*) from ops.objections") == [(0,)]


@pytest.mark.parametrize("table", ["corrections", "objections", "objection_answers"])
def test_rows_are_only_added_and_by_one_role(town: Town, table: str) -> None:
    correct(town.settings, STATED, BKPP, NOW)
    number = file_objection(town.settings, Objection("P03", date(2017, 2, 1), "a", date(2017, 3, 30)), BKPP, NOW)
    answer_objection(town.settings, number, "DITERIMA", "ya", signature=BKPP, clock=NOW)
    conn = connect(town.settings, "owner")
    with conn.cursor() as cursor, pytest.raises(psycopg2.errors.RaiseException, match="hanya boleh ditambah"):
        cursor.execute(f"delete from ops.{table}")
    conn.close()
    conn = connect(town.settings, "loader")
    with conn.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(f"insert into ops.{table} default values")
    conn.close()


def test_the_doors_say_one_object(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decisions.corrections_door.load_settings", lambda: town.settings)
    app = typer.Typer()
    mount(app)
    tail = ["--letter", "800/41", "--by", "bkpp", "--as-of", AS_OF.isoformat(), "--json"]

    def run(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["decide", *words, *tail])
        assert done.exit_code == 0, (done.output, done.exception)
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    stated = run("correction", "P03", "2017-02-03", "--in", "07:25", "--reason", "jari luka")
    assert run("withdraw", str(stated["correction_id"]), "--reason", "salah")["withdraws"] == stated["correction_id"]
    at = "2017-02-03T07:42:00"
    run("correction", "P03", "2017-02-03", "--disown", at, "--terminal", "T-B", "--reason", "bukan saya")
    filed = run("objection", "file", "P03", "2017-02", "--text", "keberatan", "--filed-on", "2017-03-30")
    answered = run("objection", "answer", str(filed["objection_id"]), "--accept", "--text", "ya")
    assert answered == {"objection_id": filed["objection_id"], "answer": "DITERIMA"}

    for wrong in (["--in", "07:25", "--out", "16:00"], [], ["--disown", at], ["--in", "tujuh"]):
        done = CliRunner().invoke(app, ["decide", "correction", "P03", "2017-02-03", "--reason", "a", *wrong, *tail])
        assert isinstance(done.exception, Problem)
        assert done.exception.code == Exit.WRONG_USE


def test_a_correction_after_the_close_is_a_susulan_and_not_in_the_month_as_closed(town: Town) -> None:
    close_month(town.settings, date(2017, 2, 1), Signature("sekda", "1"), NOW, despite_waiting=True)
    later = clock_at(AS_OF.replace(hour=9))
    correct(town.settings, Correction("P02", date(2017, 2, 7), "time_in", "lupa", time(7, 20)), BKPP, later)
    build(town.settings, later)

    assert town.query("select employee_id from marts.rpt_susulan") == [("P02",)]
    rebuilt = rebuild_month(town.settings, date(2017, 2, 1))
    assert rebuilt.is_equal

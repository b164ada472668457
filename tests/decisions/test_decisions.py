"""Who may decide, what a decision changes, and that a closed month does not change."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
import typer
from typer.testing import CliRunner

from decisions.approvals import Signature
from decisions.door import mount
from decisions.forms import answer_close, answer_phbi, ask_close
from decisions.months import close_month, lock_month, read_month, refuse_month, sign_month
from decisions.phbi import Sanction, decide_sanction, sanction_of, take_roll
from decisions.waiting import waiting
from law.explain import explain
from law.telling import tell
from tests.support.golden_town import AS_OF, land_pull
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.console import Exit, Problem

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt
EVENT = "PHBI-2017-02-06"
FEBRUARY = date(2017, 2, 1)
SEKDA = Signature("sekda", "451/1")
NOW = clock_at(AS_OF)
FIVE = Sanction("pct", pct=Decimal(5))
CUTS = """
    select employee_id, pct, fixed_idr, state, trace ->> 'undecided_code' from marts.fct_deductions
    where event_id = %s order by 1
"""
INSERT = """
    set transaction read write;
    insert into ops.approvals (matter, event_id, answer, decided_by, role, letter_no, decided_at, channel)
    values ('phbi_sanction', 'A', 'none', 'x', 'x', '1', now(), 'command')
"""


def cuts(town: Town) -> list[tuple[Any, ...]]:
    return town.query(CUTS, (EVENT,))


def month(town: Town) -> list[tuple[Any, ...]]:
    return town.query(
        "select employee_id, payable_pct, payable_idr, projected_pct, projected_idr, undecided_count"
        " from marts.fct_monthly_deductions where month = '2017-02-01' order by 1"
    )


def run_admin(town: Town, statement: str) -> None:
    conn = connect(town.settings, "owner")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(statement)
    finally:
        conn.close()


def test_until_it_is_decided_the_sanction_has_no_amount_and_waits(town: Town) -> None:
    assert cuts(town) == [("P03", None, None, "UNDECIDED", "MENUNGGU_KEPUTUSAN")]
    assert [row["subject"] for row in waiting(town.settings) if row["matter"] == "phbi_sanction"] == [EVENT]
    roll = take_roll(town.settings, EVENT)
    assert roll.expected_count == roll.present_count + roll.excused_count + roll.absent_count + roll.incomplete_count


def test_a_decision_prices_the_absent_and_a_later_one_replaces_it(town: Town) -> None:
    absent = [row[0] for row in cuts(town)]
    first, _ = decide_sanction(town.settings, EVENT, FIVE, SEKDA, NOW)
    report = build(town.settings, NOW)
    assert (report.is_full, report.day_count) == (False, take_roll(town.settings, EVENT).absent_count)
    assert {row[1] for row in cuts(town)} == {Decimal(5)}
    (cut,) = [c for c in explain(town.settings, absent[0], "2017-02-06")["deductions"] if c["event_id"] == EVENT]
    assert "451/1" in cut["legal_basis"]
    assert cut["decision"]["decided_by"] == "Sekda Contoh"

    money = Sanction("amount", amount_idr=Decimal(50000))
    second, _ = decide_sanction(town.settings, EVENT, money, Signature("sekda", "451/2"), NOW)
    build(town.settings, NOW)

    assert second.supersedes == first.approval_id
    assert {row[2] for row in cuts(town)} == {Decimal(50000)}
    assert not [row for row in waiting(town.settings) if row["matter"] == "phbi_sanction"]


def test_who_is_excepted_and_who_is_let_off_cost_nothing(town: Town) -> None:
    absent = [row[0] for row in cuts(town)]
    free = Sanction("pct", pct=Decimal(5), excepted=(absent[0],))
    decide_sanction(town.settings, EVENT, free, SEKDA, NOW)
    build(town.settings, NOW)

    assert [row[1:4] for row in cuts(town) if row[0] == absent[0]] == [(Decimal(0), None, "DIHITUNG")]
    touched = cuts(town)
    build(town.settings, NOW, full=True)
    assert cuts(town) == touched


@pytest.mark.parametrize(
    ("signature", "code"),
    [
        (Signature("bkpp", "1"), Exit.REFUSED),
        (Signature("siapa", "1"), Exit.REFUSED),
        (Signature("lama", "1"), Exit.REFUSED),  # his term has ended
        (Signature("sekda", "  "), Exit.WRONG_USE),
    ],
)
def test_without_right_or_letter_nothing_is_written(town: Town, signature: Signature, code: Exit) -> None:
    with pytest.raises(Problem) as refused:
        close_month(town.settings, FEBRUARY, signature, NOW, despite_waiting=True)
    assert refused.value.code == code
    with pytest.raises(Problem):
        decide_sanction(town.settings, EVENT, FIVE, signature, NOW)

    assert town.query("select count(*) from ops.approvals") == [(0,)]
    assert read_month(town.settings, FEBRUARY).state.state == "OPEN"


def test_a_close_says_what_waits_and_refuses(town: Town) -> None:
    with pytest.raises(Problem, match=EVENT) as refused:
        close_month(town.settings, FEBRUARY, SEKDA, NOW)

    assert "hari belum lengkap" in str(refused.value)
    assert read_month(town.settings, FEBRUARY).state.state == "OPEN"


def test_a_closed_month_stays_and_late_data_are_beside_it(town: Town) -> None:
    closed = close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    before = month(town)

    usual = [(datetime(2017, 2, day, 7, 20), "15") for day in (21, 22)]
    land_pull(town.settings, "T-K", usual, datetime(2017, 4, 1, 8), 0)
    run_admin(town, "insert into ops.touched select e, d::date, 'landing' from unnest(array['P15', 'P16']) e,"
              " generate_series(date '2017-02-19', '2017-03-31', interval '1 day') d")  # fmt: skip
    decide_sanction(town.settings, EVENT, FIVE, SEKDA, NOW)
    build(town.settings, NOW)

    assert month(town) == before
    assert town.query("select ops.figures_sha256(frozen_id) from ops.current_months") == [
        (closed.state.figures_sha256,)
    ]
    late = dict(town.query("select employee_id, causes from marts.rpt_susulan"))
    assert set(late) >= {row[0] for row in cuts(town)}
    who = sorted(late)[0]
    told = " ".join(tell(explain(town.settings, who, "2017-02")).split())
    assert "Ditutup 01-04-2017" in told
    assert "Susulan (tidak mengubah yang ditutup)" in told


def test_the_order_of_states_is_kept_by_the_database(town: Town) -> None:
    locked = lock_month(town.settings, FEBRUARY, NOW)
    assert lock_month(town.settings, FEBRUARY, NOW).state == locked.state
    refuse_month(town.settings, FEBRUARY, SEKDA, NOW)
    assert read_month(town.settings, FEBRUARY).state.state == "OPEN"
    with pytest.raises(Problem, match="bukan LOCKED"):
        sign_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    for again in (lock_month,):
        with pytest.raises(Problem, match="CLOSED"):
            again(town.settings, FEBRUARY, NOW)
    with pytest.raises(psycopg2.errors.CheckViolation, match="tidak dapat menjadi"):
        run_admin(
            town,
            "insert into ops.month_states (month, state, previous_id, changed_at, approval_id, build_id, load_id,"
            " rules_sha256, figures_sha256) select month, 'OPEN', transition_id, changed_at, approval_id, build_id,"
            " load_id, rules_sha256, figures_sha256 from ops.current_months",
        )


def test_nothing_of_a_decision_can_be_changed(town: Town) -> None:
    decide_sanction(town.settings, EVENT, FIVE, SEKDA, NOW)
    build(town.settings, NOW)
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)

    for table in ("approvals", "month_states", "closed_months", "closed_cuts"):
        assert town.query(f"select count(*) > 0 from ops.{table}") == [(True,)], table
        with pytest.raises(psycopg2.errors.RaiseException, match="hanya boleh ditambah"):
            run_admin(town, f"delete from ops.{table}")


@pytest.mark.parametrize("role", ["loader", "check", "dbt", "auditor", "metabase"])
def test_only_one_role_writes_decisions(town: Town, role: Any) -> None:
    conn = connect(town.settings, role)
    with conn.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(INSERT)
    conn.close()


def test_a_form_is_the_same_decision_by_the_name_of_its_user(town: Town) -> None:
    answer = {
        "chosen_options": ["persen"],
        "params_input": {"number": 5, "excepted": "", "letter_no": "451/1"},
        "responded_by_user": {"id": "1", "name": "sekda"},
    }
    answer_phbi(town.settings, EVENT, answer, NOW)
    build(town.settings, NOW)
    assert "dikunci" in ask_close(town.settings, "2017-02", NOW)
    signed = {**answer, "chosen_options": ["tutup"], "params_input": {"letter_no": "800/1", "with_waiting": True}}
    with pytest.raises(Problem, match="tidak berwenang"):
        answer_close(town.settings, "2017-02", {**signed, "responded_by_user": {"id": "2", "name": "bkpp"}}, NOW)
    with pytest.raises(Problem, match="tidak dapat dipakai"):
        answer_close(town.settings, "2017-02", {**signed, "responded_by_user": None}, NOW)

    assert answer_close(town.settings, "2017-02", signed, NOW) == "CLOSED"
    assert town.query("select channel, decided_by from ops.approvals") == [("airflow", "Sekda Contoh")] * 2


@pytest.mark.parametrize(
    ("pct", "amount", "is_none"),
    [(None, None, False), ("5", "1000", False), ("0", None, False), ("101", None, False), (None, "10.5", False)],
)
def test_a_sanction_is_one_kind_within_its_bounds(pct: str | None, amount: str | None, is_none: bool) -> None:
    with pytest.raises(Problem):
        sanction_of(pct and Decimal(pct), amount and Decimal(amount), is_none, ())


def test_the_door_says_one_object_and_its_exit_code(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decisions.door.load_settings", lambda: town.settings)
    app = typer.Typer()
    mount(app)
    at = ["--as-of", AS_OF.isoformat(), "--json"]
    asked = ["decide", "phbi", EVENT, "--pct", "2,5", "--letter", "451/1", "--by", "sekda", *at]

    done = CliRunner().invoke(app, asked)

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["sanction"]["pct"] == 2.5
    listed = CliRunner().invoke(app, ["decide", "list", "--json"])
    assert "month_close" in {row["matter"] for row in json.loads(listed.stdout)["waiting"]}
    refused = CliRunner().invoke(app, ["close", "2017-02", *at])
    assert isinstance(refused.exception, Problem)
    assert refused.exception.code == Exit.WRONG_USE

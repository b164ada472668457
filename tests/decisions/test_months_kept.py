"""A PIN whose owner is named, a month built once more, and a closed month that stays whatever lands after it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from decisions.approvals import Signature
from decisions.door import mount
from decisions.months import close_month, lock_month, read_month, refuse_month, sign_month
from decisions.phbi import Sanction, decide_sanction
from extractors.site.load import load_site
from tests.support.golden_town import AS_OF, land_pull
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect_superuser
from warehouse.console import Exit, Problem

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt
EVENT = "PHBI-2017-02-06"
FEBRUARY = date(2017, 2, 1)
SEKDA = Signature("sekda", "451/1")
NOW = clock_at(AS_OF)
AT = ["--as-of", AS_OF.isoformat(), "--json"]
STEPS: dict[str, Callable[[Town], Any]] = {
    "lock": lambda town: lock_month(town.settings, FEBRUARY, NOW),
    "sign": lambda town: sign_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True),
    "refuse": lambda town: refuse_month(town.settings, FEBRUARY, SEKDA, NOW),
}
# From a state by a step to a state; what is not here is refused.
ALLOWED = {
    ("OPEN", "lock"): "LOCKED", ("LOCKED", "lock"): "LOCKED", ("LOCKED", "sign"): "CLOSED",
    ("LOCKED", "refuse"): "OPEN",
}  # fmt: skip


def figures(town: Town) -> list[tuple[Any, ...]]:
    return town.query("select * from marts.fct_monthly_deductions where month = '2017-02-01' order by employee_id")


def named_figures(town: Town) -> list[dict[str, Any]]:
    return [
        row
        for (row,) in town.query(
            "select to_jsonb(months) from marts.fct_monthly_deductions as months where month = '2017-02-01'"
        )
    ]


def run(town: Town, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, dict[str, Any]]:
    monkeypatch.setattr("decisions.door.load_settings", lambda: town.settings)
    app = typer.Typer()
    mount(app)
    done = CliRunner().invoke(app, list(words))
    if isinstance(done.exception, Problem):
        return int(done.exception.code), {}
    return done.exit_code, json.loads(done.stdout)


def spoil(town: Town, statement: str) -> None:
    """Changes what nobody may change, as only the superuser of the database could."""
    conn = connect_superuser(town.settings)
    with conn, conn.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount == 1
    conn.close()


def test_a_decision_names_the_owner_of_a_pin(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    land_pull(town.settings, "T-K", [(datetime(2017, 2, 21, 7, 20), "977")], datetime(2017, 4, 1, 8), 0)
    words = ["decide", "pin", "T-K", "977", "P15", "--letter", "800/5", "--by", "bkpp", *AT]

    code, _ = run(town, monkeypatch, *words)

    assert code == 0
    assert town.query("select employee_id, letter_no from ops.pin_decisions where pin = '977'") == [("P15", "800/5")]


@pytest.mark.parametrize(
    ("pin", "who", "by"), [("978", "P15", "bkpp"), ("977", "P999", "bkpp"), ("977", "P15", "sekda")]
)
def test_a_pin_that_is_not_there_or_not_his_to_decide_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch, pin: str, who: str, by: str
) -> None:
    land_pull(town.settings, "T-K", [(datetime(2017, 2, 21, 7, 20), "977")], datetime(2017, 4, 1, 8), 0)

    code, _ = run(town, monkeypatch, "decide", "pin", "T-K", pin, who, "--letter", "800/5", "--by", by, *AT)

    assert code == (Exit.REFUSED if by == "sekda" else Exit.WRONG_USE)
    assert town.query("select count(*) from ops.pin_decisions") == [(0,)]


def test_a_closed_month_is_built_again_as_it_was(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    land_pull(town.settings, "T-K", [(datetime(2017, 2, 21, 7, 20), "15")], datetime(2017, 4, 1, 8), 0)

    code, told = run(town, monkeypatch, "rebuild", "2017-02", "--as-closed", "--json")

    assert (code, told["equal"], told["differing"], told["has_same_pulls"]) == (0, True, [], True)
    assert told["payable_idr"] == float(sum(row[0] for row in town.query("select payable_idr from ops.closed_months")))
    assert run(town, monkeypatch, "rebuild", "2017-03", "--json")[0] == Exit.WRONG_USE
    both = ["rebuild", "2017-02", "--as-closed", "--as-known", "2017-03-01"]
    assert run(town, monkeypatch, *both)[0] == Exit.WRONG_USE

    spoil(town, "update ops.closed_months set payable_idr = payable_idr + 1 where employee_id = 'P03'")
    code, told = run(town, monkeypatch, "rebuild", "2017-02", "--json")
    assert (code, told["equal"], list(told["differing"])) == (Exit.WRONG_FOUND, False, ["P03"])


def test_a_late_decision_alone_is_a_susulan(town: Town) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    before = figures(town)
    approval, _ = decide_sanction(town.settings, EVENT, Sanction("pct", pct=Decimal(5)), SEKDA, NOW)
    build(town.settings, NOW)

    assert figures(town) == before
    assert town.query("select employee_id, causes from marts.rpt_susulan") == [
        ("P03", f"keputusan nomor {approval.approval_id}")
    ]


def _later(town: Town) -> dict[str, Callable[[], Any]]:
    punches = [(datetime(2017, 2, day, 7, 20), "15") for day in (21, 22)]
    return {
        "pull": lambda: land_pull(town.settings, "T-K", punches, datetime(2017, 4, 1, 8), 0),
        "decision": lambda: decide_sanction(town.settings, EVENT, Sanction("pct", pct=Decimal(5)), SEKDA, NOW),
        "site": town.load,  # the ceremony is gone from the folder
    }


def test_a_closed_month_stays_whatever_comes_later(town: Town) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    before = figures(town)

    for step in ("pull", "decision", "site"):
        _later(town)[step]()
        build(town.settings, NOW)
        assert figures(town) == before, step
        assert town.query("select count(*) > 0 from marts.rpt_susulan where month <> '2017-02-01'") == [(False,)]

    spoil(town, "update ops.closed_months set payable_idr = payable_idr + 1 where employee_id = 'P03'")
    assert figures(town) != before


def test_a_month_goes_only_the_allowed_ways(town: Town) -> None:
    tried = set()
    for step in ["sign", "refuse", "lock", "lock", "refuse", "sign", "lock", "sign", "lock", "sign", "refuse"]:
        state = read_month(town.settings, FEBRUARY).state.state
        tried.add((state, step))
        if (state, step) in ALLOWED:
            STEPS[step](town)
        else:
            with pytest.raises(Problem) as refused:
                STEPS[step](town)
            assert refused.value.code == Exit.REFUSED
        assert read_month(town.settings, FEBRUARY).state.state == ALLOWED.get((state, step), state)

    assert tried == set(itertools.product(("OPEN", "LOCKED", "CLOSED"), STEPS))


def test_a_month_as_known_then_lacks_what_came_later(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before, old = figures(town), named_figures(town)
    usual = [
        (datetime(2017, 2, day, *at), pin) for day in (21, 22) for at in ((7, 20), (16, 5)) for pin in ("15", "16")
    ]
    late = land_pull(town.settings, "T-K", usual, datetime(2017, 4, 1, 8), 0)
    spoil(town, f"update raw.pulls set finished_at = finished_at + interval '1 hour' where pull_id = {late}")
    hour_later = clock_at(AS_OF.replace(hour=9))
    decide_sanction(town.settings, EVENT, Sanction("pct", pct=Decimal(5)), SEKDA, hour_later)
    (town.folder / "tpp.csv").write_text((town.folder / "tpp.csv").read_text().replace("P02,3333330", "P02,9000000"))
    assert load_site(town.settings, town.folder, hour_later).loaded
    build(town.settings, hour_later, full=True)
    shown = figures(town)
    assert shown != before

    code, told = run(town, monkeypatch, "rebuild", "2017-02", "--as-known", "2017-04-01T08:30", "--json")

    assert code == 0
    names = ("employee_id", "payable_idr", "projected_idr", "undecided_count", "incomplete_day_count")
    then = {tuple(row[name] for name in names) for row in told["figures"]}
    assert then == {(row["employee_id"], *(float(row[name]) for name in names[1:])) for row in old}
    assert set(told["differing"]) == {row[0] for row, was in zip(shown, before, strict=True) if row != was}
    assert {"P02", "P03", "P15", "P16"} <= set(told["differing"])  # by a load, a decision, a pull


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("update raw.punches set punched_at_local = punched_at_local + interval '1 second' where (terminal_serial, pin,"
         " punched_at_local) = ('T-B', '3', '2017-02-03 07:42:00')", "has_same_pulls"),
        ("update raw.pulls set evidence_sha256 = repeat('0', 64) where terminal_serial = 'T-B'", "has_same_pulls"),
        ("update ops.closed_months set payable_idr = payable_idr + 1 where employee_id = 'P03'", "has_same_figures"),
        ("update ops.builds set rules_sha256 = 'lain'", "has_same_rules"),
    ],
)  # fmt: skip
def test_what_a_lock_rests_on_is_checked_by_its_hashes(
    town: Town, monkeypatch: pytest.MonkeyPatch, statement: str, wrong: str
) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    land_pull(town.settings, "T-K", [(datetime(2017, 2, 21, 7, 20), "15")], datetime(2017, 4, 1, 8), 0)
    code, told = run(town, monkeypatch, "close", "2017-02", "--show", "--json")
    assert (code, set(told["intact"].values())) == (0, {True})

    spoil(town, statement)

    code, told = run(town, monkeypatch, "close", "2017-02", "--show", "--json")
    assert [name for name, is_same in told["intact"].items() if not is_same] == [wrong]
    assert code == (0 if wrong == "has_same_rules" else Exit.WRONG_FOUND)

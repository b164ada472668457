"""Runs of the gate: once, twice, replayed, many rows, hostile texts, and how a batch is laid out."""

from __future__ import annotations

import subprocess
import sys
from threading import Thread
from typing import Any

import pytest

from expectations import batch, validation
from expectations.validation import GateInconsistent, Outcome

pytestmark = pytest.mark.db

DAY = "2017-02-06"
BOOKS = ("dq.quarantine", "ops.touched", "dq.check_runs", "dq.check_results", "dq.checked_pulls")


def books(office: Any) -> dict[str, Any]:
    return {table: office.run(f"select * from {table} as book order by book::text") for table in BOOKS}


def test_checking_twice_changes_nothing(office: Any) -> None:
    office.pull(("101", f"{DAY} 07:21:00"), ("999", f"{DAY} 07:22:00"), ("102", f"{DAY} 18:00:00"))
    office.check()
    before = books(office)

    again = office.check(hours=1)

    assert again.run_id is None
    assert again.open_count == 2
    assert books(office) == before


def test_two_replays_change_as_much_as_one(office: Any) -> None:
    office.pull(("999", f"{DAY} 07:22:00"))
    office.check(replay=True)
    before = {table: rows for table, rows in books(office).items() if table in ("dq.quarantine", "ops.touched")}

    office.check(replay=True)

    assert {table: rows for table, rows in books(office).items() if table in before} == before


def test_a_pull_with_a_lower_id_that_was_committed_later_is_not_missed(office: Any) -> None:
    first = office.pull(("999", f"{DAY} 07:22:00"))
    office.pull(("998", f"{DAY} 07:23:00"))
    office.check()
    office.run("delete from dq.quarantine where pin = '999'")
    office.run("delete from dq.checked_pulls where pull_id = %s", first)

    office.check()

    assert [pin for pin, _, _ in office.held()] == ["998", "999"]


def test_failed_pulls_are_seen_without_great_expectations(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expectations.gate.make_context", lambda: pytest.fail("Great Expectations was asked"))
    office.failed_pull()

    report = office.check()

    assert (report.pull_count, report.results) == (1, ())
    assert office.check().run_id is None


def test_nothing_to_do_imports_no_great_expectations(office: Any) -> None:
    office.check()

    program = "import sys, expectations.gate, expectations.door; sys.exit('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=".")

    assert done.returncode == 0


def test_more_than_a_thousand_bad_rows_all_come_back(office: Any) -> None:
    office.pull(*[("999", f"{DAY} {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}") for n in range(14400, 16900)])

    report = office.check()

    assert report.quarantined == {"pin_unknown": 2500}
    assert len(office.held()) == 2500


def test_with_the_default_format_ids_would_be_lost_and_the_gate_says_so(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "ALL_IDS", 20)
    office.pull(*[("999", f"{DAY} 07:21:{n:02}") for n in range(40)])

    with pytest.raises(GateInconsistent, match="menghitung 40 baris, tetapi menyebut 20"):
        office.check()

    assert office.run("select 1 from dq.checked_pulls") == []


def test_an_id_that_is_not_on_the_table_stops_the_run(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = validation._outcome

    def with_a_strange_id(one: Any, row_id: str) -> Outcome:
        found = original(one, row_id)
        return Outcome(found.check, found.element_count, (*found.bad_ids, "0:0"))

    monkeypatch.setattr(validation, "_outcome", with_a_strange_id)
    monkeypatch.setattr("expectations.gate._stopped", lambda outcomes: [])
    office.pull(("999", f"{DAY} 07:22:00"))

    with pytest.raises(GateInconsistent):
        office.check()

    assert office.held() == []


def test_replay_releases_what_is_mended_and_touches_its_days(office: Any) -> None:
    office.pull(("555", f"{DAY} 07:22:00"), ("999", f"{DAY} 07:23:00"))
    office.check()
    office.run("delete from ops.touched")
    office.employee("e-5", "555")

    assert office.check(hours=1).run_id is None  # without --replay nothing is tested again
    report = office.check(replay=True, hours=1)

    assert report.released == {"pin_unknown": 1}
    assert office.held() == [("999", f"{DAY} 07:23:00", "pin_unknown")]
    everybody = {(who, f"2017-02-0{day}") for who in ("e-1", "e-2", "e-5") for day in (5, 6, 7)}
    assert office.touched() == everybody


def test_a_row_mended_in_one_way_may_fail_in_another(office: Any) -> None:
    office.pull(("555", f"{DAY} 07:22:00"))
    office.check()
    office.pin("e-5", "555")

    office.check(replay=True)
    assert office.held() == [("555", f"{DAY} 07:22:00", "posting_invalid")]

    office.posting("e-5")
    office.check(replay=True)
    assert office.held() == []


def test_released_and_bad_again_at_the_same_clock_is_open_again(office: Any) -> None:
    office.pull(("555", f"{DAY} 07:22:00"))
    office.check()
    office.pin("e-5", "555")
    office.check(replay=True)
    office.run("update reference.pins set load_to = 1 where pin = '555'")

    office.check(replay=True)

    assert office.held() == [("555", f"{DAY} 07:22:00", "pin_unknown")]


def test_a_future_punch_stays_held_because_its_cause_does_not_go_away(office: Any) -> None:
    office.pull(("101", f"{DAY} 18:00:00"))
    office.check()

    office.check(replay=True, hours=48)

    assert office.held() == [("101", f"{DAY} 18:00:00", "future_punch")]


def test_rows_held_by_others_are_left_alone(office: Any) -> None:
    pull_id = office.pull(("101", f"{DAY} 07:21:00"))
    office.check()
    office.run(
        "insert into dq.quarantine values ('T-1', '101', %s, 'seen_by_a_person', %s, now(), null)",
        f"{DAY} 07:21:00", pull_id,
    )  # fmt: skip

    office.check(replay=True)

    assert [code for _, _, code in office.held()] == ["seen_by_a_person"]


@pytest.mark.parametrize("before", [True, False], ids=["decided first", "decided later"])
def test_a_pin_decided_to_be_nobodys_is_not_held(office: Any, before: bool) -> None:
    decide = "insert into ops.pin_decisions values ('T-1', '999', null, 'admin', 'S-1', now())"
    if before:
        office.run(decide)
    office.pull(("999", f"{DAY} 07:22:00"))
    office.check()
    if not before:
        office.run(decide)
        assert office.check(replay=True).released == {"pin_unknown": 1}

    assert office.held() == []


def test_a_pin_decided_for_an_employee_waits_for_the_site_folder(office: Any) -> None:
    office.run("insert into ops.pin_decisions values ('T-1', '999', 'e-1', 'admin', 'S-1', now())")
    office.pull(("999", f"{DAY} 07:22:00"))

    report = office.check()

    assert report.open_count == 1
    assert report.warnings == (
        "1 PIN sudah diputuskan milik pegawai, tetapi belum ada di folder situs; tambahkan di pins.",
    )


@pytest.mark.parametrize("pin", ["'; drop table raw.punches; --", "%s", "%(as_of)s", "{}", '"', "\\", "a:b", "uid:7"])
def test_hostile_pins_are_only_texts(office: Any, pin: str) -> None:
    office.pull((pin, f"{DAY} 07:22:00"), serial="T'1")

    office.check()
    office.check(replay=True)

    assert office.held() == [(pin, f"{DAY} 07:22:00", "pin_unknown")]
    assert office.one("select count(*) from raw.punches") == 1


def test_two_gates_at_once_take_turns(office: Any) -> None:
    office.pull(("999", f"{DAY} 07:22:00"))
    reports: list[Any] = []
    threads = [Thread(target=lambda: reports.append(office.check())) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(report.run_id is None for report in reports) == [False, True]
    assert len(office.held()) == 1


# --- the batch of a city -------------------------------------------------------------------------------------------

PUNCHES, PEOPLE = 2000, 600
# Each punch goes through a handful of joins, each table of the city is read once: 11 when nothing is looped over.
MOST_ROWS_PER_PUNCH = 20
# What no hash can answer, so that each punch is compared with every PIN, every posting.
LOOPS = {
    "PINs": (("office.scope_code = terminals.opd_code", "office.scope_code is not distinct from terminals.opd_code"),
             ("office.pin = punches.pin", "office.pin is not distinct from punches.pin")),
    "postings": (("resolved.employee_id = postings.employee_id",
                  "resolved.employee_id is not distinct from postings.employee_id"),),
}  # fmt: skip
CITY = f"""
insert into reference.terminals
select 'X' || i, 'l', 'O' || i, 'zk', null, null, '2017-01-30', null, 1 from generate_series(0, 9) i;
insert into reference.pins
select 'opd', 'O' || i % 10, i::text, 'p' || i, '2017-01-01', null, 1 from generate_series(0, {PEOPLE} - 1) i;
insert into reference.postings
select 'p' || i, 'O' || i % 10, null, '2017-01-01', null, 1 from generate_series(0, {PEOPLE} - 1) i;
insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, counted_before, counted_after,
    offered, new_count, device_clock_local, clock_drift_s, covers_until_local, evidence_sha256, row_hash)
values ('X1', 'zk', 'ok', now(), now(), {PUNCHES}, {PUNCHES}, {PUNCHES}, {PUNCHES}, '2017-02-06 17:00', 0,
    '2017-02-06 17:00', 'e', 'h');
select raw.ensure_punch_month('2017-02-01');
insert into raw.punches
select 'X' || i % 10, (i % {PEOPLE})::text, timestamp '2017-02-01' + i * interval '4 s', 0, 1, 0, 1, i, 'zk',
    (select max(pull_id) from raw.pulls), now()
from generate_series(1, {PUNCHES}) i
"""


def rows_looked_at(plan: dict[str, Any]) -> int:
    """Rows that a plan, as it ran, handed on or threw away, in all of its steps and all of their loops."""
    counted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    own = sum(plan.get(name, 0) for name in counted) * plan["Actual Loops"]
    return int(own) + sum(rows_looked_at(step) for step in plan.get("Plans", []))


def rows_per_punch(office: Any, statement: str) -> float:
    """How many rows the database looks at for each punch of a city that it lays out."""
    office.run(CITY)
    office.run(batch.FILL_PULLS)
    explained = office.conn.cursor().mogrify(statement, {"replay": False, "nobody": batch.NOBODY}).decode()
    plan = office.one("explain (analyze, timing off, format json) " + explained)[0]["Plan"]
    assert office.one("select count(employee_id) from dq.batch_punches") == PUNCHES
    return rows_looked_at(plan) / PUNCHES


def test_a_city_is_laid_out_without_a_loop_over_its_pins_or_postings(office: Any) -> None:
    assert rows_per_punch(office, batch.FILL_PUNCHES) < MOST_ROWS_PER_PUNCH


@pytest.mark.parametrize("over", LOOPS)
def test_twin_a_loop_over_them_is_seen(office: Any, over: str) -> None:
    statement = batch.FILL_PUNCHES
    for told, looped in LOOPS[over]:
        assert statement.count(told) == 1
        statement = statement.replace(told, looped)

    assert rows_per_punch(office, statement) > 10 * MOST_ROWS_PER_PUNCH

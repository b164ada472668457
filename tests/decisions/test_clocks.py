"""Punches made while a terminal's clock was wrong: found, bounded, proposed, decided; raw is never changed."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import typer
from typer.testing import CliRunner

from decisions.approvals import Signature
from decisions.clocks import clock_runs, decide_clock, shift_by_habit
from decisions.door import mount
from extractors.imports import import_file
from tests.support.reference_rows import execute, fetch, give_pin, register_city, register_terminal
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings

NOW = clock_at(datetime.fromisoformat("2017-03-10T08:00+07:00"))
BKPP = Signature("bkpp", "800/12")
Punch = tuple[str, str]


@pytest.mark.unit
def test_habits_place_a_run_to_the_minute() -> None:
    shown = [("1", datetime(2000, 1, 1, 0, 12)), ("2", datetime(2000, 1, 1, 0, 20))]
    habits = [
        ("1", 7 * 3600 + 25 * 60),
        ("1", 16 * 3600),
        ("2", 7 * 3600 + 33 * 60),
        ("2", 16 * 3600),
        ("3", 1),
        ("1", 16 * 3600),
    ]
    low = int((datetime(2017, 3, 6, 16, 10) - shown[0][1]).total_seconds())
    high = int((datetime(2017, 3, 7, 15, 0) - shown[1][1]).total_seconds())

    shift = shift_by_habit(shown, habits, low, high)

    assert shift is not None
    assert abs(shown[0][1] + timedelta(seconds=shift) - datetime(2017, 3, 7, 7, 25)) <= timedelta(minutes=1)


@pytest.mark.unit
def test_without_habits_nothing_is_proposed() -> None:
    assert shift_by_habit([("1", datetime(2000, 1, 1))], [("1", 5)] * 3, 0, 100) is None
    assert shift_by_habit([("1", datetime(2000, 1, 1))], [("9", 5)] * 9, 0, 100) is None


def export(*punches: Punch) -> bytes:
    return b"".join(f"{pin:>9}\t{at}\t1\t255\t1\t0\n".encode() for pin, at in punches)


USUAL = [(pin, f"2017-03-0{day} {at}") for day in (1, 2, 3) for pin, at in (("1", "07:25:00"), ("2", "07:30:00"),
         ("1", "16:02:00"), ("2", "16:04:00"))]  # fmt: skip
WRONG = [("1", "2000-01-01 00:12:00"), ("2", "2000-01-01 00:17:00"), ("1", "2000-01-01 08:44:00")]
LATER = [("2", "2017-03-06 16:30:00"), ("1", "2017-03-07 07:24:00")]


@pytest.fixture
def office(warehouse_db: Settings, tmp_path: Path) -> Callable[..., Settings]:
    """USB0001 in DINKES with PINs 1 and 2; gives the settings after the file with these lines was brought."""
    register_city(warehouse_db)
    register_terminal(warehouse_db, "USB0001", driver="usb_file")
    give_pin(warehouse_db, "1", "P1")
    give_pin(warehouse_db, "2", "P2")
    execute(warehouse_db, "insert into reference.deciders values ('bkpp', 'Kepala Contoh', 'Kepala BKPP', 'clock',"
            " '2017-01-30', null, '821/6', 1, null)")  # fmt: skip

    def bring(*punches: Punch, name: str = "a") -> Settings:
        (tmp_path / name).write_bytes(export(*punches))
        import_file(warehouse_db, tmp_path / name, "USB0001", datetime(2017, 3, 9, 16), NOW)
        return warehouse_db

    return bring


def adopted(settings: Settings) -> list[tuple[object, ...]]:
    return fetch(settings, "select pin, punched_at_local::text from ops.current_adopted_punches order by ordinal")


@pytest.mark.db
def test_a_run_is_bounded_by_its_neighbours_and_proposed_by_habit(office: Callable[..., Settings]) -> None:
    settings = office(*USUAL, ("2", "2017-03-05 16:20:00"), *WRONG, *LATER)

    [(run, said)] = clock_runs(settings)

    assert (run.first_ordinal, run.last_ordinal, run.punch_count, run.pin_count) == (13, 15, 3, 2)
    assert (run.before_local, run.after_local) == (datetime(2017, 3, 5, 16, 20), datetime(2017, 3, 6, 16, 30))
    assert said.basis == "kebiasaan"
    assert said.shift_s is not None
    proposed = run.first_shown_local + timedelta(seconds=said.shift_s)
    assert abs(proposed - datetime(2017, 3, 6, 7, 25)) <= timedelta(minutes=9)


@pytest.mark.db
def test_a_clock_that_a_pull_met_is_known_to_the_second(office: Callable[..., Settings]) -> None:
    settings = office(*USUAL, *WRONG, *LATER)
    shift = int((datetime(2017, 3, 6, 7, 26, 30) - datetime(2000, 1, 1, 0, 12)).total_seconds())
    statement = """
        insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, device_clock_local,
            clock_drift_s, error_class, row_hash)
        values ('USB0001', 'zk', 'refused', now(), now(), '2000-01-01 00:30:00', %s, 'terminal', 'h')
    """
    execute(settings, (statement, (-shift,)))

    [(_, said)] = clock_runs(settings)

    assert (said.shift_s, said.basis) == (shift, "jam terbaca")


@pytest.mark.db
def test_more_than_a_day_open_is_not_proposed(office: Callable[..., Settings]) -> None:
    [(run, said)] = clock_runs(office(*USUAL, *WRONG, *LATER))

    assert run.low_s is not None
    assert run.high_s is not None
    assert run.high_s - run.low_s > 86_400
    assert (said.shift_s, said.basis) == (None, "rentang")


@pytest.mark.db
def test_a_second_reset_begins_another_run(office: Callable[..., Settings]) -> None:
    again = [("2", "2000-01-01 00:03:00"), ("1", "2000-01-03 02:00:00")]
    settings = office(*USUAL, *WRONG, *again, *LATER)

    assert [(run.first_ordinal, run.last_ordinal) for run, _ in clock_runs(settings)] == [(12, 14), (15, 16)]


@pytest.mark.db
def test_a_decision_adopts_the_punches_and_leaves_raw_alone(office: Callable[..., Settings]) -> None:
    settings = office(*USUAL, *WRONG, *LATER)
    before = fetch(settings, "select * from raw.rejects order by ordinal"), fetch(settings, "select * from raw.punches")
    execute(settings, "insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
            " values (now(), 'x', '{}', 0, 0)")  # fmt: skip
    [(run, _)] = clock_runs(settings)
    shift = int((datetime(2017, 3, 6, 7, 25) - run.first_shown_local).total_seconds())

    done = decide_clock(settings, "USB0001", run.run, shift, signature=BKPP, clock=NOW)

    assert (done.punch_count, done.supersedes) == (3, None)
    assert adopted(settings) == [
        ("1", "2017-03-06 07:25:00"), ("2", "2017-03-06 07:30:00"), ("1", "2017-03-06 15:57:00")
    ]  # fmt: skip
    assert clock_runs(settings)[0][0].is_settled
    assert before == (
        fetch(settings, "select * from raw.rejects order by ordinal"),
        fetch(settings, "select * from raw.punches"),
    )
    touched = fetch(settings, "select distinct employee_id from ops.touched where cause = 'decision'"
                    " and work_date = '2017-03-06' order by 1")  # fmt: skip
    assert touched == [("P1",), ("P2",)]


@pytest.mark.db
def test_a_later_decision_replaces_the_earlier_one_and_both_stay_written(office: Callable[..., Settings]) -> None:
    settings = office(*USUAL, *WRONG, *LATER)
    [(run, _)] = clock_runs(settings)
    shift = int((datetime(2017, 3, 6, 7, 25) - run.first_shown_local).total_seconds())
    first = decide_clock(settings, "USB0001", run.run, shift, signature=BKPP, clock=NOW)

    second = decide_clock(settings, "USB0001", run.run, None, signature=BKPP, clock=NOW)

    assert second.supersedes == first.decision_id
    assert adopted(settings) == []
    assert clock_runs(settings)[0][0].is_settled
    assert fetch(settings, "select count(*) from ops.adopted_punches") == [(3,)]
    admin = connect(settings, "admin")
    with pytest.raises(psycopg2.Error), admin, admin.cursor() as cursor:
        cursor.execute("update ops.clock_decisions set shift_s = 1")
    admin.close()


@pytest.mark.db
@pytest.mark.parametrize("first_at", [datetime(2017, 3, 3, 16, 0), datetime(2017, 3, 6, 8, 0), datetime(2018, 1, 1)])
def test_a_shift_that_the_order_of_the_log_rules_out_is_refused(
    office: Callable[..., Settings], first_at: datetime
) -> None:
    settings = office(*USUAL, *WRONG, *LATER)
    [(run, _)] = clock_runs(settings)

    with pytest.raises(Problem, match="menurut urutan log"):
        decide_clock(settings, "USB0001", run.run, int((first_at - run.first_shown_local).total_seconds()),
                     signature=BKPP, clock=NOW)  # fmt: skip

    assert fetch(settings, "select count(*) from ops.clock_decisions") == [(0,)]


@pytest.mark.db
def test_who_may_not_decide_or_names_no_run_is_refused(office: Callable[..., Settings]) -> None:
    settings = office(*USUAL, *WRONG, *LATER)

    with pytest.raises(Problem, match="tidak berwenang"):
        decide_clock(settings, "USB0001", "a/12", None, signature=Signature("sekda", "1"), clock=NOW)
    for name in ("a/12", "12", "/12"):
        with pytest.raises(Problem, match="tidak ditemukan"):
            decide_clock(settings, "USB0001", name, None, signature=BKPP, clock=NOW)


@pytest.mark.db
def test_the_same_records_by_another_file_are_settled_with_them(office: Callable[..., Settings]) -> None:
    settings = office(*USUAL, *WRONG, *LATER)
    [(run, _)] = clock_runs(settings)
    shift = int((datetime(2017, 3, 6, 7, 25) - run.first_shown_local).total_seconds())
    decide_clock(settings, "USB0001", run.run, shift, signature=BKPP, clock=NOW)

    office(*USUAL, *WRONG, *LATER, ("2", "2017-03-08 07:30:00"), name="b")

    assert [run.is_settled for run, _ in clock_runs(settings)] == [True, True]


@pytest.mark.db
def test_the_doors_list_and_decide(office: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = office(*USUAL, *WRONG, *LATER)
    monkeypatch.setattr("decisions.clock_door.load_settings", lambda: settings)
    app = typer.Typer()
    mount(app)

    def run(*words: str) -> dict[str, Any]:
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    listed = run("clock", "list")["runs"]
    short = listed[0]["run"][:12] + "/12"
    done = run("decide", "clock", "USB0001", short, "--first-at", "2017-03-06T07:25", "--by", "bkpp", "--letter", "1",
               "--as-of", "2017-03-10T08:00")  # fmt: skip

    assert (len(listed), done["decision"]["punch_count"]) == (1, 3)
    assert run("clock", "list")["runs"] == []
    assert run("clock", "list", "--all")["runs"][0]["answer"] == "adopt"

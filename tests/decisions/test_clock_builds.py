"""What a wrong clock does to a day: it holds back until somebody decides, then the punches count or they do not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from decisions.approvals import Signature
from decisions.clocks import clock_runs, decide_clock
from tests.support.conservation import break_on_purpose
from tests.support.golden_town import AS_OF
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt

NOW = clock_at(AS_OF)
BKPP = Signature("bkpp", "800/12")
DAY = "2017-02-07"  # on which P02 did not punch, by the terminal's right clock
# Between the others' coming and going of that day the clock was wrong: two punches of PIN 2 show another time.
WRONG_CLOCK = """
insert into raw.rejects
select
    'T-B', 'epoch:1', (
        select max(ordinal) from raw.punches
        where terminal_serial = 'T-B' and punched_at_local < '2017-02-07 12:00'
    ) + step.number, '2', step.shown::timestamp, 'x', 'sebelum mesin dipasang', %s, now(),
    '2017-02-07 07:20:00', '2017-02-07 16:05:00'
from (values (0, '2000-01-01 00:12:00'), (1, '2000-01-01 08:50:00')) as step (number, shown)
"""


def status(town: Town) -> list[tuple[str, int | None]]:
    return town.query("select status, late_minutes from marts.fct_daily_attendance where employee_id = 'P02'"
                      " and work_date = %s", (DAY,))  # fmt: skip


def spoil(town: Town) -> None:
    break_on_purpose(town.settings, "rejects written behind the ledger's back")
    owner = connect(town.settings, "owner")
    with owner, owner.cursor() as cursor:
        cursor.execute(WRONG_CLOCK, (town.pulls["T-B"],))
        cursor.execute("insert into reference.deciders select 'bkpp', 'Kepala Contoh', 'Kepala BKPP', 'clock',"
                       " '2017-01-30', null, '821/6', max(load_id), null from reference.loads")  # fmt: skip
        cursor.execute("insert into ops.touched (employee_id, work_date, cause) values ('P02', %s, 'landing')", (DAY,))
    owner.close()
    build(town.settings, NOW)


def decide(town: Town, first_at: datetime | None) -> None:
    [(run, _)] = clock_runs(town.settings)
    shift = None if first_at is None else int((first_at - run.first_shown_local).total_seconds())
    decide_clock(town.settings, "T-B", run.run, shift, signature=BKPP, clock=NOW)
    build(town.settings, NOW)


def test_a_wrong_clock_holds_the_day_back_until_its_punches_are_adopted(town: Town) -> None:
    assert status(town)[0][0] == "ALPA"

    spoil(town)
    assert status(town)[0][0] == "BELUM_LENGKAP"

    decide(town, datetime(2017, 2, 7, 7, 25))
    assert status(town)[0][0] == "HADIR"


def test_punches_that_are_left_out_hold_nothing_back_and_do_not_count(town: Town) -> None:
    spoil(town)

    decide(town, None)
    assert status(town)[0][0] == "ALPA"

    decide(town, datetime(2017, 2, 7, 7, 25))
    assert status(town)[0][0] == "HADIR"

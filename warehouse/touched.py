"""Which person-days a landing touches; written to ops.touched in the landing's own transaction.

Three rules: a landed punch of a known PIN touches that employee; an unknown PIN or a reject touches everybody who may
use the terminal; coverage that moved touches everybody who may use it on the days that it moved over. A punch earlier
than the last coverage touches everybody as well, because it may be another person's sign of life.

Each row names its pull, so that a build leaves the days of a pull that waits for the gate.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from psycopg2.extensions import cursor as Cursor

# Who may use the terminal on a day: PINs given at it, and PINs of the office where it stands.
_USERS: Final = """
    select pins.pin, pins.employee_id, pins.valid_from, pins.valid_to
    from reference.pins as pins
    where pins.load_to is null and pins.scope = 'terminal' and pins.scope_code = %(serial)s
    union all
    select
        pins.pin, pins.employee_id,
        greatest(pins.valid_from, terminals.installed_on),
        least(pins.valid_to, terminals.removed_on)
    from reference.pins as pins
    inner join reference.terminals as terminals
        on terminals.opd_code = pins.scope_code and terminals.load_to is null
    where pins.load_to is null and pins.scope = 'opd' and terminals.terminal_serial = %(serial)s
"""

# A large landing is read back by its pull; without its time range, for which the planner would walk the time index.
_OF_PULL: Final = (
    "select distinct pin, punched_at_local::date as punch_date from raw.punches where pull_id = %(pull_id)s"
)
_GIVEN: Final = "select * from unnest(%(pins)s::text[], %(dates)s::date[]) as given(pin, punch_date)"

_LANDED: Final = f"""
with users as materialized ({_USERS}),
landed as materialized ({{source}}),
known as (
    select landed.pin, landed.punch_date, users.employee_id
    from landed
    inner join users on users.pin = landed.pin
        and landed.punch_date >= users.valid_from
        and (users.valid_to is null or landed.punch_date < users.valid_to)
),
open_dates as (
    select distinct landed.punch_date
    from landed
    left join known on known.pin = landed.pin and known.punch_date = landed.punch_date
    where known.pin is null or landed.punch_date < %(covered)s::date - 1
),
spread as (
    select known.employee_id, known.punch_date + step.days as work_date
    from known cross join generate_series(-1, 1) as step(days)
    union
    select users.employee_id, days.work_date
    from (
        select distinct open_dates.punch_date + step.days as work_date
        from open_dates cross join generate_series(-1, 1) as step(days)
    ) as days
    inner join users on days.work_date >= users.valid_from
        and (users.valid_to is null or days.work_date < users.valid_to)
)
insert into ops.touched (employee_id, work_date, cause, pull_id)
select distinct employee_id, work_date, 'landing', %(pull_id)s from spread
"""  # noqa: S608 - parts are constants, values are parameters

_EVERYBODY: Final = f"""
with users as materialized ({_USERS}),
spans as (
    select * from unnest(%(from_dates)s::date[], %(to_dates)s::date[]) as span(from_date, to_date)
),
bounds as (
    select min(valid_from) as first_date from users
),
days as (
    select distinct day::date as work_date
    from spans cross join bounds
    cross join generate_series(
        greatest(spans.from_date, bounds.first_date)::timestamp, spans.to_date::timestamp, interval '1 day'
    ) as day
)
insert into ops.touched (employee_id, work_date, cause, pull_id)
select distinct users.employee_id, days.work_date, %(cause)s, %(pull_id)s
from days
inner join users on days.work_date >= users.valid_from
    and (users.valid_to is null or days.work_date < users.valid_to)
"""  # noqa: S608


def touch_landed(
    cursor: Cursor, serial: str, pull_id: int, days: Collection[tuple[str, date]] | None, covered: datetime | None
) -> None:
    """Touches what the punches of a pull concern.

    `days` are their PINs and dates, none: read back by the number of the pull. `covered` is the coverage before it.
    """
    values: dict[str, object] = {"serial": serial, "pull_id": pull_id, "covered": covered}
    if days is None:
        cursor.execute(_LANDED.format(source=_OF_PULL), values)
    else:
        pins, dates = [pin for pin, _ in days], [day for _, day in days]
        cursor.execute(_LANDED.format(source=_GIVEN), {**values, "pins": pins, "dates": dates})


def touch_everybody(cursor: Cursor, serial: str, pull_id: int, spans: Sequence[tuple[date, date]], cause: str) -> None:
    """Touches everybody who may use the terminal on the days of the spans (both ends included)."""
    if not spans:
        return
    values = {
        "serial": serial,
        "pull_id": pull_id,
        "cause": cause,
        "from_dates": [begin for begin, _ in spans],
        "to_dates": [end for _, end in spans],
    }
    cursor.execute(_EVERYBODY, values)

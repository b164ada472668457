"""A synthetic year: of 6,000 people 260 workdays, about 4.3 million punches, one in ten on night shift.

Made by set-based SQL with a fixed seed, so that each run measures the same rows.
"""

from __future__ import annotations

from typing import Final

from psycopg2.extensions import connection as Connection

PEOPLE: Final = 6000
OPDS: Final = 40
FIRST_MONDAY: Final = "2017-04-03"
LAST_FRIDAY: Final = "2018-03-30"

REFERENCE: Final = """
insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count) values (now(), 'bench', '{}', 1, 0);
insert into reference.opd select 'O' || o, 'OPD ' || o, 'Asia/Jakarta', 1 from generate_series(1, %(opds)s) as o;
insert into reference.terminals
select 'B' || o, 'OPD-' || o, 'O' || o, 'zk', null, null, %(first)s, null, 1 from generate_series(1, %(opds)s) as o;
insert into reference.employees
select 'E' || lpad(p::text, 5, '0'), 'Pegawai ' || p, 'PNS', 1 from generate_series(1, %(people)s) as p;
insert into reference.postings
select 'E' || lpad(p::text, 5, '0'), 'O' || (p %% %(opds)s + 1), case when p %% 10 = 0 then 'malam' end,
    '2017-01-02', null, 1
from generate_series(1, %(people)s) as p;
insert into reference.pins
select 'opd', 'O' || (p %% %(opds)s + 1), p::text, 'E' || lpad(p::text, 5, '0'), '2017-01-02', null, 1
from generate_series(1, %(people)s) as p;
insert into reference.tpp
select 'E' || lpad(p::text, 5, '0'), 2000000 + 1000 * (p %% 500), '2017-01-02', null, 1
from generate_series(1, %(people)s) as p;
insert into reference.schedules
select s.code, s.code, '2017-01-02', 7, d, 1, s.starts, s.ends, false, '2017-01-02', null, 'bench', 1
from (values ('SIANG', time '07:30', time '16:00'), ('MALAM', time '23:00', time '07:00')) as s (code, starts, ends),
    generate_series(1, 5) as d;
insert into reference.shift_assignments
select 'opd', 'O' || o, 'SIANG', '2017-01-02', null, 1 from generate_series(1, %(opds)s) as o;
insert into reference.shift_assignments values ('group', 'malam', 'MALAM', '2017-01-02', null, 1);
"""

PULLS: Final = """
insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, epoch, counted_before, counted_after,
    device_clock_local, clock_drift_s, covers_until_local, evidence_sha256, row_hash)
select 'B' || o, 'zk', 'ok', '2018-04-02 01:00+00', '2018-04-02 01:00+00', 1, 0, 0,
    '2018-04-02 08:00', 0, '2018-04-02 08:00', 'bench', 'bench' || o
from generate_series(1, %(opds)s) as o;
with passed as (
    insert into dq.check_runs (ran_at, as_of, checked_through_pull, quarantined_count, released_count, warnings)
    values (now(), now(), (select max(pull_id) from raw.pulls), 0, 0, '[]') returning run_id
)
insert into dq.checked_pulls select pull_id, run_id from raw.pulls, passed;
"""

# Arrivals up to 40 minutes early, one in ten late; one in twenty leaves early; one day in fifty without a punch.
PUNCHES: Final = """
select setseed(0.2017);
create unlogged table bench.punch as
with person_day as (
    select
        p::text as pin, d::date as work_date, 'B' || (p %% %(opds)s + 1) as terminal_serial,
        d + case when p %% 10 = 0 then interval '23 hours' else interval '7 hours 30 minutes' end as starts_at,
        d + case when p %% 10 = 0 then interval '31 hours' else interval '16 hours' end as ends_at,
        random() as r1, random() as r2, random() as r3, random() as r4
    from generate_series(1, %(people)s) as p,
        generate_series(timestamp %(first)s, timestamp %(last)s, interval '1 day') as d
    where extract(isodow from d) <= 5
)
select pin, terminal_serial, work_date, date_trunc('second', at) as punched_at from (
    select pin, terminal_serial, work_date, r4,
        starts_at + case when r1 < 0.1 then r1 * 10 * interval '60 minutes' else -r1 * interval '40 minutes' end as at
    from person_day
    union all
    select pin, terminal_serial, work_date, r4,
        ends_at + case when r2 < 0.05 then -r2 * 20 * interval '90 minutes' else r2 * interval '60 minutes' end
    from person_day
    union all
    select pin, terminal_serial, work_date, r4, starts_at + interval '4 hours' + r3 * interval '60 minutes'
    from person_day where r3 < 0.8
) as acts
where r4 > 0.02;
create unlogged table bench.roster as
select p::text as pin, d::date as work_date,
    d + case when p %% 10 = 0 then interval '23 hours' else interval '7 hours 30 minutes' end as starts_at,
    d + case when p %% 10 = 0 then interval '31 hours' else interval '16 hours' end as ends_at
from generate_series(1, %(people)s) as p,
    generate_series(timestamp %(first)s, timestamp %(last)s, interval '1 day') as d
where extract(isodow from d) <= 5;
analyze bench.punch;
analyze bench.roster;
"""

LANDED: Final = """
select raw.ensure_punch_month(m::date)
from generate_series(date %(first)s, date %(last)s + 31, interval '1 month') as m;
insert into raw.punches
select b.terminal_serial, b.pin, b.punched_at, 255, 1, 0, 1, row_number() over (partition by b.terminal_serial) - 1,
    'zk', p.pull_id, now()
from bench.punch as b
inner join raw.pulls as p on p.terminal_serial = b.terminal_serial
on conflict do nothing;
"""


def make_year(conn: Connection, first: str = FIRST_MONDAY, people: int = PEOPLE) -> int:
    """Fills a migrated, empty database and returns the number of punches that landed."""
    values = {"people": people, "opds": OPDS, "first": first, "last": LAST_FRIDAY}
    with conn, conn.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute("create schema bench")
        for statements in (REFERENCE, PULLS, PUNCHES, LANDED):
            cursor.execute(statements, values)
        cursor.execute("select count(*) from raw.punches")
        (count,) = cursor.fetchone() or (0,)
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute("vacuum analyze")
    return int(count)

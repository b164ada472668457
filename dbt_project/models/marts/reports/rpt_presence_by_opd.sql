{{ config(materialized='view') }}

-- Who is there, office by office: on the running day against the moment of the build, on the last working
-- day as judged. Each person is counted once, so the counts of a row add up to expected_count.

with shifts as (
    select * from {{ ref('fct_shift_attendance') }}
),

daily_attendance as (
    select * from {{ ref('fct_daily_attendance') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

terminals as (
    select * from {{ ref('dim_terminal') }}
),

terminals_read as (
    select * from {{ ref('int_terminals__read') }}
),

terminal_sets as (
    select * from {{ ref('int_terminal_sets__by_employee') }}
),

moments as (
    select
        opds.opd_code,
        opds.opd_name,
        date_trunc('second', build.as_of at time zone opds.timezone) as as_of_local
    from opds
    cross join {{ ref('stg_ops__current_build') }} as build
),

today as (
    select min(as_of_local)::date as work_date from moments
),

-- Guards work every day: a working day is one on which at least half as many are expected as on the fullest.
recent_days as (
    select
        work_date,
        count(*) as expected_count
    from daily_attendance
    where
        work_date >= (select today.work_date - 14 from today)
        and work_date < (select today.work_date from today)
    group by work_date
),

shown_days as (
    select
        'hari_ini' as day_kind,
        work_date
    from today
    union all
    select
        'hari_kerja_terakhir' as day_kind,
        max(work_date) as work_date
    from recent_days
    where expected_count * 2 >= (select max(fullest.expected_count) from recent_days as fullest)
),

shown_shifts as (
    select * from shifts
    where
        work_date in (
            (select max(newer.work_date) from shown_days as newer),
            (select min(older.work_date) from shown_days as older)
        )
),

sets_read as (
    select
        sets.terminal_set,
        min(coalesce(terminals_read.covers_until_local, '-infinity'::timestamp)) as covers_until_local
    from (select distinct terminal_set from terminal_sets) as sets
    cross join lateral unnest(string_to_array(sets.terminal_set, ' ')) as members (terminal_serial)
    left join terminals_read on members.terminal_serial = terminals_read.terminal_serial
    group by sets.terminal_set
),

people as (
    select
        shown_days.day_kind,
        shown_days.work_date,
        shown_shifts.employee_id,
        min(shown_shifts.opd_code) as opd_code,
        bool_or(shown_shifts.in_at_local is not null or shown_shifts.out_at_local is not null) as has_come,
        bool_or('ALPA' = any(shown_shifts.statuses)) as is_alpa,
        bool_or('TERLAMBAT' = any(shown_shifts.statuses)) as is_late,
        bool_and(shown_shifts.status not in ('ALPA', 'BELUM_LENGKAP')) as is_excused,
        bool_or(
            shown_days.day_kind = 'hari_kerja_terakhir'
            or (
                shown_shifts.starts_at_local <= moments.as_of_local
                and coalesce(sets_read.covers_until_local, '-infinity'::timestamp) < shown_shifts.starts_at_local
            )
        ) as is_unread
    from shown_days
    inner join shown_shifts on shown_days.work_date = shown_shifts.work_date
    inner join moments on shown_shifts.opd_code = moments.opd_code
    left join terminal_sets
        on
            shown_shifts.employee_id = terminal_sets.employee_id
            and shown_shifts.work_date >= terminal_sets.valid_from
            and shown_shifts.work_date < coalesce(terminal_sets.valid_to, 'infinity'::date)
    left join sets_read on terminal_sets.terminal_set = sets_read.terminal_set
    group by shown_days.day_kind, shown_days.work_date, shown_shifts.employee_id
),

offices_read as (
    select
        moments.opd_code,
        nullif(
            min(coalesce(terminals_read.covers_until_local, '-infinity'::timestamp)), '-infinity'::timestamp
        ) as data_until_local
    from moments
    inner join terminals
        on
            moments.opd_code = terminals.opd_code
            and moments.as_of_local >= terminals.installed_on
            and moments.as_of_local < coalesce(terminals.removed_on, 'infinity'::date)
    left join terminals_read on terminals.terminal_serial = terminals_read.terminal_serial
    group by moments.opd_code
),

final as (
    select
        people.day_kind,
        people.work_date,
        moments.as_of_local,
        people.opd_code,
        moments.opd_name,
        count(*) as expected_count,
        count(*) filter (where people.has_come) as arrived_count,
        count(*) filter (
            where not people.has_come and not people.is_alpa and not people.is_excused and not people.is_unread
        ) as not_due_count,
        count(*) filter (where not people.has_come and not people.is_alpa and people.is_excused) as excused_count,
        count(*) filter (where not people.has_come and people.is_alpa) as alpa_count,
        count(*) filter (where people.is_late) as late_count,
        count(*) filter (
            where not people.has_come and not people.is_alpa and not people.is_excused and people.is_unread
        ) as no_data_count,
        offices_read.data_until_local
    from people
    inner join moments on people.opd_code = moments.opd_code
    left join offices_read on people.opd_code = offices_read.opd_code
    group by
        people.day_kind, people.work_date, moments.as_of_local, people.opd_code, moments.opd_name,
        offices_read.data_until_local
)

select * from final

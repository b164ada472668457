{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'event_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['event_date', 'employee_id', 'event_id'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Who is expected at an event: people posted in its office (or everybody's) whose shift of that day holds its begin,
-- and where the regulation's duty holds on days off too, those who have no shift then. Who comes late to an event that
-- admits nobody late missed it: its window ends with the minute of its begin. Who is exempt stays on the roll and is
-- marked.
with

events as (select * from {{ ref('stg_reference__events') }}),

shifts as (
    select resolved.* from {{ ref('int_shifts__resolved') }} as resolved
    where {{ only_touched(bounds, 'work_date', 'resolved') }}
),

ruled as (select * from {{ ref('int_events__ruled') }}),

exemptions as (select * from {{ ref('int_exemptions__by_day') }}),

holidays as (select * from {{ ref('int_holidays__known') }}),

postings as (select * from {{ ref('stg_reference__postings') }}),

terminal_sets as (select * from {{ ref('int_terminal_sets__by_employee') }}),

current_build as (select * from {{ ref('stg_ops__current_build') }}),

judged_offices as (
    select
        terminals.opd_code,
        min(terminals.installed_on) as first_date
    from {{ ref('stg_reference__terminals') }} as terminals
    group by terminals.opd_code
),

on_duty as (
    select
        events.event_id,
        events.event_date,
        events.kind,
        events.attendance_by,
        events.event_date + events.window_from as window_from_local,
        events.event_date + events.window_to as window_to_local,
        events.event_date + events.starts_at
        < shifts.starts_at_local + (shifts.ends_at_local - shifts.starts_at_local) / 2 as is_in_first_half,
        shifts.employee_id,
        shifts.work_date,
        shifts.shift_no,
        shifts.opd_code,
        events.terminal_serial as event_terminal_serial,
        shifts.terminal_set
    from events
    inner join shifts
        on
            events.event_date = shifts.work_date
            and events.event_date + events.starts_at >= shifts.starts_at_local
            and events.event_date + events.starts_at < shifts.ends_at_local
    where events.opd_code is null or events.opd_code = shifts.opd_code
),

off_duty as (
    select
        events.event_id,
        events.event_date,
        events.kind,
        events.attendance_by,
        events.event_date + events.window_from as window_from_local,
        events.event_date + events.window_to as window_to_local,
        true as is_in_first_half,
        postings.employee_id,
        events.event_date as work_date,
        null::integer as shift_no,
        postings.opd_code,
        events.terminal_serial as event_terminal_serial,
        terminal_sets.terminal_set
    from events
    inner join ruled on events.event_id = ruled.event_id and ruled.is_on_holidays
    inner join postings
        on
            ruled.opd_code = postings.opd_code
            and events.event_date >= postings.valid_from
            and events.event_date < coalesce(postings.valid_to, 'infinity')
    inner join judged_offices
        on postings.opd_code = judged_offices.opd_code and events.event_date >= judged_offices.first_date
    cross join current_build
    left join holidays on events.event_date = holidays.holiday_date
    left join shifts on postings.employee_id = shifts.employee_id and events.event_date = shifts.work_date
    left join terminal_sets
        on
            postings.employee_id = terminal_sets.employee_id
            and events.event_date >= terminal_sets.valid_from
            and events.event_date < terminal_sets.valid_to
    where
        shifts.employee_id is null
        and (holidays.holiday_date is not null or date_part('isodow', events.event_date) >= 6)
        and events.event_date <= current_build.as_of::date
        and {{ only_touched(bounds, 'event_date', 'events', 'postings') }}
),

expected as (
    select * from on_duty
    union all
    select * from off_duty
),

final as (
    select
        expected.event_id,
        expected.event_date,
        expected.kind,
        expected.attendance_by,
        expected.window_from_local,
        case
            when ruled.is_late_missed
                then least(expected.window_to_local, expected.event_date + events.starts_at + interval '1 minute')
            else expected.window_to_local
        end as window_to_local,
        expected.is_in_first_half,
        expected.employee_id,
        expected.work_date,
        expected.shift_no,
        expected.opd_code,
        expected.event_terminal_serial,
        case
            when expected.event_terminal_serial is null then expected.terminal_set
            -- he can only be judged by a terminal that knows him
            when expected.event_terminal_serial = any(string_to_array(expected.terminal_set, ' '))
                then expected.event_terminal_serial
        end as terminal_set,
        coalesce(ruled.is_late_missed, false) as is_late_missed,
        exemptions.basis as exempt_by
    from expected
    inner join events on expected.event_id = events.event_id
    left join ruled on expected.event_id = ruled.event_id and expected.opd_code = ruled.opd_code
    left join exemptions
        on
            expected.employee_id = exemptions.employee_id
            and expected.work_date = exemptions.work_date
            and exemptions.activity = split_part(expected.kind, '_', 1)
)

select * from final

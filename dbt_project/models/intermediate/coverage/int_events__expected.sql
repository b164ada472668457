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

-- Who is expected at an event: people posted in its office (or everybody's) whose shift of that day holds its begin.
with

events as (select * from {{ ref('stg_reference__events') }}),

shifts as (
    select resolved.* from {{ ref('int_shifts__resolved') }} as resolved
    where {{ only_touched(bounds, 'work_date', 'resolved') }}
),

final as (
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
        case
            when events.terminal_serial is null then shifts.terminal_set
            -- he can only be judged by a terminal that knows him
            when events.terminal_serial = any(string_to_array(shifts.terminal_set, ' ')) then events.terminal_serial
        end as terminal_set
    from events
    inner join shifts
        on
            events.event_date = shifts.work_date
            and events.event_date + events.starts_at >= shifts.starts_at_local
            and events.event_date + events.starts_at < shifts.ends_at_local
    where events.opd_code is null or events.opd_code = shifts.opd_code
)

select * from final

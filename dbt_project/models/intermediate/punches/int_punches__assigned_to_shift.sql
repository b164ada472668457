{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id']}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Each punch, each line of a hand list and each time that a correction states, with the shift whose window it falls in.
-- Where two shifts lie close together their windows overlap and one punch serves both, as out of the first and in of
-- the second.
with

shifts as not materialized (
    select
        resolved.employee_id,
        resolved.work_date,
        resolved.shift_no,
        resolved.starts_at_local,
        resolved.ends_at_local,
        resolved.window_from_local,
        resolved.window_to_local
    from {{ ref('int_shifts__resolved') }} as resolved
    where {{ only_touched(bounds, 'work_date', 'resolved') }}
),

-- One row per calendar day that a window reaches into (three at most): an equality to join on. As a union, because
-- the planner would flatten a lateral and compare each punch with each shift of the person.
shift_dates as (
    {%- for day_offset in range(3) %}
        select
            shifts.employee_id,
            shifts.work_date,
            shifts.shift_no,
            shifts.starts_at_local,
            shifts.ends_at_local,
            shifts.window_from_local,
            shifts.window_to_local,
            shifts.window_from_local::date + {{ day_offset }} as local_date
        from shifts
        where shifts.window_to_local > shifts.window_from_local::date + {{ day_offset }}
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

punches as (
    select
        raw_punches.terminal_serial,
        raw_punches.pin,
        raw_punches.punched_at_local,
        raw_punches.epoch,
        raw_punches.ordinal,
        raw_punches.pull_id
    from {{ ref('stg_raw__punches') }} as raw_punches
    {%- if is_incremental() %}
        where
            raw_punches.punched_at_local >= timestamp '{{ bounds.first }}' - interval '1 day'
            and raw_punches.punched_at_local < timestamp '{{ bounds.last }}' + interval '4 days'
    {%- endif %}
),

pins as (select * from {{ ref('int_pins__resolved') }}),

corrections as (
    select corrected.* from {{ ref('stg_ops__corrections') }} as corrected
),

-- Of a delta the planner expects a handful of shifts and would compare each with all punches of its day, whoever's.
owned as {{ 'materialized' if is_incremental() else 'not materialized' }} (
    select
        pins.employee_id,
        punches.*
    from punches
    inner join pins
        on
            punches.terminal_serial = pins.terminal_serial
            and punches.pin = pins.pin
            and punches.punched_at_local >= pins.valid_from
            and punches.punched_at_local < pins.valid_to
),

of_terminals as (
    select
        shift_dates.employee_id,
        shift_dates.work_date,
        shift_dates.shift_no,
        shift_dates.starts_at_local,
        shift_dates.ends_at_local,
        owned.punched_at_local,
        owned.terminal_serial,
        owned.pin,
        owned.epoch,
        owned.ordinal,
        owned.pull_id,
        'terminal' as channel
    from owned
    inner join shift_dates
        on
            owned.employee_id = shift_dates.employee_id
            and owned.punched_at_local::date = shift_dates.local_date
            and owned.punched_at_local >= shift_dates.window_from_local
            and owned.punched_at_local < shift_dates.window_to_local
    -- a disowned punch stays in raw, and a sign of life of its terminal
    where
        not exists (
            select 1 from corrections as disowned
            where
                disowned.what = 'disowned'
                and disowned.employee_id = owned.employee_id
                and disowned.terminal_serial = owned.terminal_serial
                and disowned.punched_at_local = owned.punched_at_local
        )
),

manual as (
    select listed.* from {{ ref('stg_reference__manual_attendance') }} as listed
    where {{ only_touched(bounds, 'work_date', 'listed') }}
),

manual_times as (
    select
        manual.employee_id,
        manual.work_date,
        listed.listed_time,
        listed.is_coming,
        'daftar_hadir' as channel
    from manual
    cross join lateral (values (manual.time_in, true), (manual.time_out, false)) as listed (listed_time, is_coming)
    where listed.listed_time is not null
    union all
    select
        corrections.employee_id,
        corrections.work_date,
        corrections.stated_time as listed_time,
        corrections.what = 'time_in' as is_coming,
        'koreksi' as channel
    from corrections
    where corrections.what in ('time_in', 'time_out') and {{ only_touched(bounds, 'work_date', 'corrections') }}
),

-- A time on the list is that of the day or, for a shift over midnight, of the next: whichever lies nearer to the
-- beginning (coming) or to the end (going).
of_lists as (
    select distinct on (
        shifts.employee_id, shifts.work_date, shifts.shift_no, manual_times.is_coming, manual_times.channel
    )
        shifts.employee_id,
        shifts.work_date,
        shifts.shift_no,
        shifts.starts_at_local,
        shifts.ends_at_local,
        manual_times.work_date + around.day_offset + manual_times.listed_time as punched_at_local,
        null::text as terminal_serial,
        null::text as pin,
        null::integer as epoch,
        null::integer as ordinal,
        null::bigint as pull_id,
        manual_times.channel
    from manual_times
    inner join shifts
        on manual_times.employee_id = shifts.employee_id and manual_times.work_date = shifts.work_date
    cross join (values (0), (1)) as around (day_offset)
    where
        manual_times.work_date + around.day_offset + manual_times.listed_time >= shifts.window_from_local
        and manual_times.work_date + around.day_offset + manual_times.listed_time < shifts.window_to_local
    order by
        shifts.employee_id, shifts.work_date, shifts.shift_no, manual_times.is_coming, manual_times.channel,
        abs(date_part(
            'epoch', manual_times.work_date + around.day_offset + manual_times.listed_time
            - case when manual_times.is_coming then shifts.starts_at_local else shifts.ends_at_local end
        ))
)

select * from of_terminals
union all
select * from of_lists

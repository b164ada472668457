{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key='work_date',
        on_schema_change='fail',
        indexes=[{'columns': ['work_date']}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- For each set of terminals and each stretch of time that somebody is judged by: are all its terminals read to the
-- end, did each show a sign of life, and who was the only one to give it (for himself it does not count).
-- kinds: masuk (before a shift's begin), pulang (after its end), acara (an event's window).
with

parameters as (select * from {{ ref('attendance_parameters') }}),

shifts as (
    select distinct
        resolved.terminal_set,
        resolved.work_date,
        resolved.starts_at_local,
        resolved.ends_at_local,
        resolved.window_to_local
    from {{ ref('int_shifts__resolved') }} as resolved
    where
        resolved.terminal_set is not null
        and {{ only_touched_dates(bounds, 'work_date', 'resolved') }}
),

events as (
    select distinct
        expected.terminal_set,
        expected.event_date,
        expected.window_from_local,
        expected.window_to_local
    from {{ ref('int_events__expected') }} as expected
    where
        expected.terminal_set is not null
        and {{ only_touched_dates(bounds, 'event_date', 'expected') }}
),

wanted as (
    select
        shifts.terminal_set,
        shifts.work_date,
        ends.kind,
        ends.watch_from,
        ends.watch_to,
        shifts.starts_at_local as judged_from,
        shifts.ends_at_local as judged_to,
        shifts.window_to_local as read_to
    from shifts
    inner join parameters
        on
            shifts.work_date >= parameters.valid_from
            and shifts.work_date < coalesce(parameters.valid_to, 'infinity')
    cross join
        lateral (
            values
            (
                'masuk', shifts.starts_at_local - parameters.life_minutes * interval '1 minute',
                shifts.starts_at_local
            ),
            (
                'pulang', shifts.ends_at_local,
                shifts.ends_at_local + parameters.life_minutes * interval '1 minute'
            )
        ) as ends (kind, watch_from, watch_to)
    union all
    select
        events.terminal_set,
        events.event_date,
        'acara' as kind,
        events.window_from_local as watch_from,
        events.window_to_local as watch_to,
        events.window_from_local as judged_from,
        events.window_to_local as judged_to,
        events.window_to_local as read_to
    from events
),

by_terminal as (
    select
        wanted.*,
        members.terminal_serial
    from wanted
    cross join lateral unnest(string_to_array(wanted.terminal_set, ' ')) as members (terminal_serial)
),

-- Half hours only serve to join by equality; the window itself is compared to the second. (date_part counts in floating
-- point, several times as fast as extract, and whole seconds are exact in it.)
watched as (
    select
        windows.terminal_serial,
        windows.watch_from,
        windows.watch_to,
        slots.slot_no
    from (
        select distinct
            by_terminal.terminal_serial,
            by_terminal.watch_from,
            by_terminal.watch_to
        from by_terminal
    ) as windows
    cross join lateral generate_series(
        floor(date_part('epoch', windows.watch_from) / 1800)::integer,
        floor((date_part('epoch', windows.watch_to) - 1) / 1800)::integer
    ) as slots (slot_no)
),

punches as (
    select
        raw_punches.terminal_serial,
        raw_punches.pin,
        raw_punches.punched_at_local
    from {{ ref('stg_raw__punches') }} as raw_punches
    {%- if is_incremental() %}
        where
            raw_punches.punched_at_local >= timestamp '{{ bounds.first }}' - interval '1 day'
            and raw_punches.punched_at_local < timestamp '{{ bounds.last }}' + interval '3 days'
    {%- endif %}
),

signs as (
    select
        watched.terminal_serial,
        watched.watch_from,
        watched.watch_to,
        min(punches.pin) as least_pin,
        max(punches.pin) as greatest_pin
    from punches
    inner join watched
        on
            punches.terminal_serial = watched.terminal_serial
            and floor(date_part('epoch', punches.punched_at_local) / 1800)::integer = watched.slot_no
            and punches.punched_at_local >= watched.watch_from
            and punches.punched_at_local < watched.watch_to
    group by watched.terminal_serial, watched.watch_from, watched.watch_to
),

-- A pull is made by the clock of the office's wall.
answers as (
    select
        pulls.terminal_serial,
        pulls.started_at at time zone offices.timezone as answered_at_local
    from {{ ref('stg_raw__pulls') }} as pulls
    inner join {{ ref('stg_reference__terminals') }} as terminals
        on
            pulls.terminal_serial = terminals.terminal_serial
            and pulls.started_at::date + 1 >= terminals.installed_on
            and pulls.started_at::date < coalesce(terminals.removed_on, 'infinity')
    inner join {{ ref('stg_reference__opd') }} as offices on terminals.opd_code = offices.opd_code
    where
        pulls.is_answered
        {%- if is_incremental() %}
            and pulls.started_at >= timestamptz '{{ bounds.first }}' - interval '2 days'
            and pulls.started_at < timestamptz '{{ bounds.last }}' + interval '4 days'
        {%- endif %}
),

answered as (
    select distinct
        watched.terminal_serial,
        watched.watch_from,
        watched.watch_to
    from answers
    inner join watched
        on
            answers.terminal_serial = watched.terminal_serial
            and floor(date_part('epoch', answers.answered_at_local) / 1800)::integer = watched.slot_no
            and answers.answered_at_local >= watched.watch_from
            and answers.answered_at_local < watched.watch_to
),

read_to as (select * from {{ ref('int_terminals__read') }}),

pins as (select * from {{ ref('int_pins__resolved') }}),

complete_lists as (
    select
        outages.terminal_serial,
        outages.from_at_local,
        outages.to_at_local
    from {{ ref('stg_reference__outages') }} as outages
    where outages.is_list_complete
),

judged as (
    select
        by_terminal.terminal_set,
        by_terminal.work_date,
        by_terminal.kind,
        by_terminal.watch_from,
        by_terminal.watch_to,
        by_terminal.judged_from,
        by_terminal.judged_to,
        by_terminal.read_to,
        by_terminal.terminal_serial,
        bool_or(complete_lists.terminal_serial is not null) as has_complete_list,
        bool_or(coalesce(read_to.covers_until_local >= by_terminal.read_to, false)) as is_read,
        bool_or(signs.least_pin is not null or answered.terminal_serial is not null) as is_alive,
        min(case
            when signs.least_pin = signs.greatest_pin and answered.terminal_serial is null then pins.employee_id
        end) as only_employee_id
    from by_terminal
    left join read_to on by_terminal.terminal_serial = read_to.terminal_serial
    left join signs
        on
            by_terminal.terminal_serial = signs.terminal_serial
            and by_terminal.watch_from = signs.watch_from
            and by_terminal.watch_to = signs.watch_to
    left join answered
        on
            by_terminal.terminal_serial = answered.terminal_serial
            and by_terminal.watch_from = answered.watch_from
            and by_terminal.watch_to = answered.watch_to
    left join pins
        on
            by_terminal.terminal_serial = pins.terminal_serial
            and signs.least_pin = pins.pin
            and signs.greatest_pin = pins.pin
            and by_terminal.watch_from >= pins.valid_from
            and by_terminal.watch_from < pins.valid_to
    left join complete_lists
        on
            by_terminal.terminal_serial = complete_lists.terminal_serial
            and by_terminal.judged_from >= complete_lists.from_at_local
            and by_terminal.judged_to <= complete_lists.to_at_local
    group by
        by_terminal.terminal_set, by_terminal.work_date, by_terminal.kind, by_terminal.watch_from,
        by_terminal.watch_to, by_terminal.judged_from, by_terminal.judged_to, by_terminal.read_to,
        by_terminal.terminal_serial
),

final as (
    select
        judged.terminal_set,
        judged.work_date,
        judged.kind,
        judged.judged_from,
        judged.judged_to,
        judged.read_to,
        bool_and(judged.is_read or judged.has_complete_list) as is_read,
        bool_and(judged.is_alive or judged.has_complete_list) as is_alive,
        bool_and(judged.has_complete_list) as has_complete_list,
        array_agg(judged.only_employee_id) filter (
            where judged.only_employee_id is not null and not judged.has_complete_list
        ) as only_employee_ids
    from judged
    group by
        judged.terminal_set, judged.work_date, judged.kind, judged.judged_from, judged.judged_to, judged.read_to
)

select * from final

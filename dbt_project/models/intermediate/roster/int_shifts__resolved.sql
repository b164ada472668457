{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id', 'shift_no'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Who works when, why by that schedule, and from when to when a punch belongs to the shift.
with

current_build as (select * from {{ ref('stg_ops__current_build') }}),

scheduled as (select * from {{ ref('int_employees__scheduled') }}),

dated as (
    select * from {{ ref('int_schedules__dated') }}
    {%- if is_incremental() %}
        where work_date between date '{{ bounds.first }}' - 2 and date '{{ bounds.last }}' + 2
    {%- endif %}
),

terminal_sets as (select * from {{ ref('int_terminal_sets__by_employee') }}),

-- An office is judged from the day of its first terminal to the date of as_of, by its own clock.
judged_offices as (
    select
        offices.opd_code,
        min(terminals.installed_on) as first_date,
        (current_build.as_of at time zone offices.timezone)::date as last_date
    from {{ ref('stg_reference__opd') }} as offices
    inner join {{ ref('stg_reference__terminals') }} as terminals on offices.opd_code = terminals.opd_code
    cross join current_build
    group by offices.opd_code, offices.timezone, current_build.as_of
),

rostered as not materialized (
    select
        scheduled.employee_id,
        scheduled.opd_code,
        scheduled.schedule_code,
        scheduled.assignment_scope,
        scheduled.assigned_from,
        scheduled.hours_rule_code,
        scheduled.hours_legal_basis,
        dated.work_date,
        dated.shift_no,
        dated.starts_at_local,
        dated.ends_at_local,
        dated.capture_before,
        dated.capture_after,
        dated.short_gap,
        dated.change_overlap,
        case when dated.previous_date >= scheduled.valid_from then dated.gap_before end as gap_before,
        case when dated.next_date < scheduled.valid_to then dated.gap_after end as gap_after,
        dated.work_date < scheduled.valid_from + 3 or dated.work_date >= scheduled.valid_to - 3 as is_at_border
    from scheduled
    inner join dated
        on
            scheduled.schedule_code = dated.schedule_code
            and scheduled.valid_from <= dated.work_date
            and scheduled.valid_to > dated.work_date
    {%- if is_incremental() %}
        where scheduled.employee_id in (
            select touched.employee_id from {{ ref('int_person_days__touched') }} as touched
        )
    {%- endif %}
),

-- Where an assignment begins or ends, the neighbour comes from another schedule. Only there is it looked for per
-- person; one that lies further away than three days is beyond every window.
at_borders as (
    select
        rostered.employee_id,
        rostered.starts_at_local,
        rostered.starts_at_local - lag(rostered.ends_at_local) over person_time as gap_before,
        lead(rostered.starts_at_local) over person_time - rostered.ends_at_local as gap_after
    from rostered
    where rostered.is_at_border
    window person_time as (partition by rostered.employee_id order by rostered.starts_at_local)
),

spaced as (
    select
        rostered.employee_id,
        rostered.opd_code,
        rostered.schedule_code,
        rostered.assignment_scope,
        rostered.assigned_from,
        rostered.hours_rule_code,
        rostered.hours_legal_basis,
        rostered.work_date,
        rostered.shift_no,
        rostered.starts_at_local,
        rostered.ends_at_local,
        rostered.capture_before,
        rostered.capture_after,
        rostered.short_gap,
        rostered.change_overlap,
        coalesce(rostered.gap_before, at_borders.gap_before) as gap_before,
        coalesce(rostered.gap_after, at_borders.gap_after) as gap_after
    from rostered
    left join at_borders
        on rostered.employee_id = at_borders.employee_id and rostered.starts_at_local = at_borders.starts_at_local
),

final as (
    select
        spaced.employee_id,
        spaced.work_date,
        spaced.shift_no,
        spaced.opd_code,
        spaced.schedule_code,
        spaced.assignment_scope,
        spaced.assigned_from,
        spaced.hours_rule_code,
        spaced.hours_legal_basis,
        spaced.starts_at_local,
        spaced.ends_at_local,
        spaced.starts_at_local - case
            when spaced.gap_before < spaced.short_gap then spaced.gap_before / 2 + spaced.change_overlap
            else least(spaced.capture_before, spaced.gap_before / 2)
        end as window_from_local,
        spaced.ends_at_local + case
            when spaced.gap_after < spaced.short_gap then spaced.gap_after / 2 + spaced.change_overlap
            else least(spaced.capture_after, spaced.gap_after / 2)
        end as window_to_local,
        terminal_sets.terminal_set
    from spaced
    inner join judged_offices
        on
            spaced.opd_code = judged_offices.opd_code
            and spaced.work_date between judged_offices.first_date and judged_offices.last_date
    left join terminal_sets
        on
            spaced.employee_id = terminal_sets.employee_id
            and spaced.work_date >= terminal_sets.valid_from
            and spaced.work_date < terminal_sets.valid_to
    where {{ only_touched(bounds, 'work_date', 'spaced') }}
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Which day an excused working day is: in its month, in its spell (an unbroken row of the person's working days with the
-- same kind), and in which month of a leave. Only kinds of which some regulation counts that; without any, nothing is
-- read.
with

counted_kinds as (
    select distinct
        rules.opd_code,
        rules.excuse_kind
    from ({{ governing('excuse_rules') }}) as rules
    where rules.free_days_month > 0 or rules.spell_from_day is not null or rules.leave_month_from is not null
),

excused as (
    select
        excuses.employee_id,
        excuses.work_date,
        excuses.excuse_kind,
        excuses.excused_from
    from {{ ref('int_excuses__by_day') }} as excuses
    where
        excuses.is_full
        and excuses.excuse_kind in (select counted_kinds.excuse_kind from counted_kinds)
        {%- if is_incremental() %}
            and excuses.work_date between date '{{ bounds.first }}' - 400 and date '{{ bounds.last }}' + 400
            and excuses.employee_id in (
                select touched.employee_id from {{ ref('int_person_days__touched') }} as touched
            )
        {%- endif %}
),

workdays as (
    select
        resolved.employee_id,
        resolved.work_date,
        min(resolved.opd_code) as opd_code,
        row_number() over (partition by resolved.employee_id order by resolved.work_date) as workday_no
    from {{ ref('int_shifts__resolved') }} as resolved
    where
        exists (select 1 from counted_kinds)
        and resolved.employee_id in (select excused.employee_id from excused)
        {%- if is_incremental() %}
            and resolved.work_date between date '{{ bounds.first }}' - 400 and date '{{ bounds.last }}' + 400
        {%- endif %}
    group by resolved.employee_id, resolved.work_date
),

days as (
    select
        excused.*,
        workdays.workday_no,
        workdays.workday_no
        - row_number() over (partition by excused.employee_id, excused.excuse_kind order by excused.work_date)
            as spell_no,
        row_number() over (
            partition by excused.employee_id, excused.excuse_kind, date_trunc('month', excused.work_date::timestamp)
            order by excused.work_date
        ) as month_day
    from excused
    inner join workdays on excused.employee_id = workdays.employee_id and excused.work_date = workdays.work_date
    inner join counted_kinds
        on workdays.opd_code = counted_kinds.opd_code and excused.excuse_kind = counted_kinds.excuse_kind
),

spelled as (
    select
        days.employee_id,
        days.work_date,
        days.excuse_kind,
        days.month_day,
        row_number() over in_order as workday_of_spell,
        count(*) over of_spell as workdays_of_spell,
        least(min(days.excused_from) over of_spell, min(days.work_date) over of_spell) as spell_from,
        max(days.work_date) over of_spell as spell_to
    from days
    window
        of_spell as (partition by days.employee_id, days.excuse_kind, days.spell_no),
        in_order as (partition by days.employee_id, days.excuse_kind, days.spell_no order by days.work_date)
)

select
    spelled.employee_id,
    spelled.work_date,
    spelled.excuse_kind,
    spelled.month_day::integer as month_day,
    spelled.workday_of_spell::integer as workday_of_spell,
    spelled.workdays_of_spell::integer as workdays_of_spell,
    spelled.work_date - spelled.spell_from + 1 as calendar_day_of_spell,
    spelled.spell_to - spelled.spell_from + 1 as calendar_days_of_spell,
    (
        date_part('year', age(spelled.work_date, spelled.spell_from)) * 12
        + date_part('month', age(spelled.work_date, spelled.spell_from)) + 1
    )::integer as leave_month
from spelled
where {{ only_touched(bounds, 'work_date', 'spelled') }}

{{
    config(
        materialized='incremental',
        incremental_strategy='touched_months',
        unique_key=['employee_id', 'month'],
        on_schema_change='fail',
        indexes=[{'columns': ['employee_id', 'month'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- How many days a person is rostered in a month, those to come included: what a day's share of the allowance is reckoned
-- by. Only for offices whose regulation shares it so; without any, the roster is not read.
with

sharing as (
    select rules.opd_code
    from ({{ governing('day_matters') }}) as rules
    where rules.priced_by = 'workday_share'
    union
    select rules.opd_code
    from ({{ governing('excuse_rules') }}) as rules
    where rules.priced_by = 'workday_share'
    union
    select rules.opd_code
    from ({{ governing('minute_bands') }}) as rules
    where rules.priced_by = 'minute_share'
),

scheduled as (
    select * from {{ ref('int_employees__scheduled') }}
    where opd_code in (select sharing.opd_code from sharing)
),

dated as (select * from {{ ref('int_schedules__dated') }}),

days as (
    select distinct
        scheduled.employee_id,
        dated.work_date
    from scheduled
    inner join dated
        on
            scheduled.schedule_code = dated.schedule_code
            and scheduled.valid_from <= dated.work_date
            and scheduled.valid_to > dated.work_date
    where
        exists (select 1 from sharing)
        and {{ only_touched_months(bounds, 'work_date', 'dated', 'scheduled') }}
)

select
    days.employee_id,
    date_trunc('month', days.work_date::timestamp)::date as month,
    count(*)::integer as workday_count
from days
group by days.employee_id, date_trunc('month', days.work_date::timestamp)

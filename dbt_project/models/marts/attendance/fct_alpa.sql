{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key='employee_id',
        on_schema_change='fail',
        indexes=[{'columns': ['employee_id', 'work_date'], 'unique': true}]
    )
}}
{%- set bounds = touched_bounds() %}

-- Days of alpa, numbered in a row of working days and within the calendar year. A touched day changes the numbers of
-- the person's later days, so his whole history is made anew: of those who have or had such a day, and of nobody else.
with

{% if is_incremental() -%}
concerned as (
    select known.employee_id
    from {{ this }} as known
    where known.employee_id in (select touched.employee_id from {{ ref('int_person_days__touched') }} as touched)
    union
    select daily.employee_id
    from {{ ref('fct_daily_attendance') }} as daily
    where daily.status = 'ALPA' and {{ only_touched(bounds, 'work_date', 'daily') }}
),
{%- else -%}
concerned as (
    select distinct daily.employee_id
    from {{ ref('fct_daily_attendance') }} as daily
    where daily.status = 'ALPA'
),
{%- endif %}

days as (
    select
        daily.employee_id,
        daily.work_date,
        daily.opd_code,
        daily.status,
        row_number() over (partition by daily.employee_id order by daily.work_date)
        - row_number() over (partition by daily.employee_id, daily.status order by daily.work_date) as run_no
    from {{ ref('fct_daily_attendance') }} as daily
    where daily.employee_id in (select concerned.employee_id from concerned)
),

final as (
    select
        days.employee_id,
        days.work_date,
        days.opd_code,
        min(days.work_date) over run_days as run_start_date,
        (row_number() over run_days)::integer as run_day_no,
        (row_number() over year_days)::integer as year_day_no
    from days
    where days.status = 'ALPA'
    window
        run_days as (partition by days.employee_id, days.run_no order by days.work_date),
        year_days as (partition by days.employee_id, extract(year from days.work_date) order by days.work_date)
)

select * from final

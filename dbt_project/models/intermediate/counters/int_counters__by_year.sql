{{
    config(
        materialized='incremental',
        incremental_strategy='touched_years',
        unique_key=['employee_id', 'year'],
        on_schema_change='fail',
        post_hook='{{ analyze_when_whole() }}',
        indexes=[{'columns': ['employee_id', 'year', 'counter'], 'unique': true}],
    )
}}
{%- set bounds = touched_bounds() %}

-- The same for a calendar year, whatever regulations governed it. A row of alpa goes on over the end of a year: its
-- days count from where it began, in the year in which they lie.
with

counters as (select * from {{ ref('stg_law__counters') }}),

months as (
    select
        months.employee_id,
        date_part('year', months.month)::integer as year,
        months.month,
        months.opd_code,
        months.counter,
        months.quantity,
        months.stated_quantity
    from {{ ref('int_counters__by_month') }} as months
    where {{ only_days_of_touched_years(bounds, 'months', 'month') }}
),

runs as (
    select
        days.employee_id,
        date_part('year', days.work_date)::integer as year,
        max(days.run_day_no) as quantity
    from {{ ref('fct_alpa') }} as days
    where {{ only_days_of_touched_years(bounds, 'days') }}
    group by days.employee_id, date_part('year', days.work_date)
),

summed as (
    select
        months.employee_id,
        months.year,
        (array_agg(months.opd_code order by months.month desc))[1] as opd_code,
        months.counter,
        sum(months.quantity) as sum_quantity,
        max(months.quantity) as max_quantity,
        sum(months.stated_quantity) as stated_quantity
    from months
    group by months.employee_id, months.year, months.counter
),

final as (
    select
        summed.employee_id,
        summed.year,
        summed.opd_code,
        summed.counter,
        case
            when counters.code = 'berturut' then greatest(summed.max_quantity, runs.quantity)
            when counters.unit = 'months' then summed.max_quantity
            else summed.sum_quantity
        end::numeric(12, 2) as quantity,
        summed.stated_quantity::numeric(12, 2) as stated_quantity
    from summed
    inner join counters on summed.counter = counters.counter
    left join runs on summed.employee_id = runs.employee_id and summed.year = runs.year
)

select * from final

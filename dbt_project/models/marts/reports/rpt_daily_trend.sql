{{ config(materialized='view') }}

-- How many people of each office had which headline status on which day.

with daily_attendance as (
    select * from {{ ref('fct_daily_attendance') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

counted as (
    select
        work_date,
        opd_code,
        status,
        count(*) as employee_count
    from daily_attendance
    group by work_date, opd_code, status
),

final as (
    select
        counted.work_date,
        counted.opd_code,
        opds.opd_name,
        counted.status,
        counted.employee_count
    from counted
    inner join opds on counted.opd_code = opds.opd_code
)

select * from final

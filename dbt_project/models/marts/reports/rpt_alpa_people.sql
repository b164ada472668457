{{ config(materialized='view') }}

-- The people behind the alpa of a month, with the sum of the year up to then and the longest run in a row.

with alpa as (
    select * from {{ ref('fct_alpa') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

months as (
    select
        date_trunc('month', work_date)::date as month,
        employee_id,
        (array_agg(opd_code order by work_date desc))[1] as opd_code,
        count(*) as alpa_day_count,
        max(year_day_no)::bigint as year_day_count,
        max(run_day_no)::bigint as longest_run_days,
        max(work_date) as last_alpa_date
    from alpa
    group by date_trunc('month', work_date), employee_id
),

final as (
    select
        months.month,
        months.employee_id,
        employees.nip,
        employees.name,
        months.opd_code,
        opds.opd_name,
        months.alpa_day_count,
        months.year_day_count,
        months.longest_run_days,
        months.last_alpa_date
    from months
    inner join employees on months.employee_id = employees.employee_id
    inner join opds on months.opd_code = opds.opd_code
)

select * from final

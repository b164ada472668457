{{ config(materialized='view') }}

-- Lateness of each office by month: shifts, late ones, minutes, people.

with shifts as (
    select * from {{ ref('fct_shift_attendance') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

months as (
    select
        date_trunc('month', work_date)::date as month,
        opd_code,
        count(*) as shift_count,
        count(*) filter (where late_minutes > 0) as late_count,
        sum(late_minutes)::bigint as late_minutes_sum,
        count(distinct case when late_minutes > 0 then employee_id end) as late_people_count
    from shifts
    group by date_trunc('month', work_date), opd_code
),

final as (
    select
        months.month,
        months.opd_code,
        opds.opd_name,
        months.shift_count,
        months.late_count,
        months.late_minutes_sum,
        months.late_people_count
    from months
    inner join opds on months.opd_code = opds.opd_code
)

select * from final

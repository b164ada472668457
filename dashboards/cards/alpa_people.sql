-- The people behind the alpa of the month, the longest run first.
with days as (
    select
        work_date,
        sum(expected_count) as expected_count
    from marts.rpt_presence_by_opd
    group by work_date
),

shown as (
    select work_date
    from days
    order by (expected_count * 2 >= (select max(d.expected_count) from days as d)) desc, work_date desc
    limit 1
)

select
    people.name,
    people.nip,
    people.opd_name,
    people.alpa_day_count,
    people.year_day_count,
    people.longest_run_days,
    people.last_alpa_date,
    today.data_until_local
from marts.rpt_alpa_people as people
inner join shown on people.month = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
where
    people.alpa_day_count > 0
    /* filter opd: people.opd_name */
order by
    people.longest_run_days desc,
    people.alpa_day_count desc,
    people.year_day_count desc,
    people.name asc,
    people.employee_id asc

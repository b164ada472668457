-- Alpa of the month of the day shown, by office.
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
    people.opd_name,
    today.data_until_local,
    count(*) as people_count,
    sum(people.alpa_day_count) as alpa_day_count,
    sum(people.alpa_day_count) || ' hari · ' || count(*) || ' orang' as days_and_people
from marts.rpt_alpa_people as people
inner join shown on people.month = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
where people.alpa_day_count > 0
group by people.opd_name, today.data_until_local
order by alpa_day_count desc, people.opd_name asc

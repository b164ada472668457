-- Person-days of the month of the day shown that cannot be judged yet, by office; the running day is not judged at all.
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
    trend.opd_name,
    today.data_until_local,
    sum(trend.employee_count) as incomplete_day_count
from marts.rpt_daily_trend as trend
inner join shown on date_trunc('month', trend.work_date) = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
where
    trend.status = 'BELUM_LENGKAP'
    and trend.work_date < cast(today.as_of_local as date)
group by trend.opd_name, today.data_until_local
order by incomplete_day_count desc, trend.opd_name asc

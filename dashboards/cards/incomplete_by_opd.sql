-- Person-days of the last 31 days that cannot be judged yet, by office; the running day is not judged at all.
select
    trend.opd_name,
    today.data_until_local,
    sum(trend.employee_count) as incomplete_day_count
from marts.rpt_daily_trend as trend
cross join marts.rpt_city_today as today
where
    trend.status = 'BELUM_LENGKAP'
    and trend.work_date < today.work_date
    and trend.work_date >= today.work_date - 31
group by trend.opd_name, today.data_until_local
order by incomplete_day_count desc, trend.opd_name asc

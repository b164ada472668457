-- Judged working days of one office in the last six weeks. Days with fewer than half of its people (weekends,
-- holidays: only guards) are left out; the running day is not judged yet.
with per_day as (
    select
        trend.work_date,
        sum(trend.employee_count) as people_count,
        coalesce(sum(trend.employee_count) filter (where trend.status = 'TERLAMBAT'), 0) as late_count,
        coalesce(sum(trend.employee_count) filter (where trend.status = 'ALPA'), 0) as alpa_count,
        coalesce(sum(trend.employee_count) filter (where trend.status = 'BELUM_LENGKAP'), 0) as incomplete_count
    from marts.rpt_daily_trend as trend
    where
        trend.opd_code = 'KODE_OPD'
        and trend.work_date >= (select cast(today.as_of_local as date) - 42 from marts.rpt_city_today as today)
    group by trend.work_date
),

ranked as (
    select
        per_day.*,
        max(per_day.people_count) over () as fullest_day_count
    from per_day
)

select
    ranked.work_date,
    ranked.late_count,
    ranked.alpa_count,
    ranked.incomplete_count,
    today.data_until_local
from ranked
cross join marts.rpt_city_today as today
where
    ranked.work_date < cast(today.as_of_local as date)
    and ranked.people_count * 2 >= ranked.fullest_day_count
order by ranked.work_date

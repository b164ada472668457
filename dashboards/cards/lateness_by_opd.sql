-- Lateness of the month of the day shown: late shifts of a hundred, so that small and large offices compare.
-- The month is a scalar, not a join: only so it reaches the view's own rows, and one month of a year is counted.
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
    lateness.opd_name,
    lateness.late_count,
    lateness.late_people_count,
    lateness.late_minutes_sum,
    today.data_until_local,
    round(100.0 * lateness.late_count / lateness.shift_count, 2) as late_pct,
    round(1.0 * lateness.late_minutes_sum / nullif(lateness.late_count, 0), 1) as minutes_per_late
from marts.rpt_lateness_by_opd as lateness
cross join marts.rpt_city_today as today
where
    lateness.shift_count > 0
    and lateness.month = (select cast(date_trunc('month', shown.work_date) as date) from shown)
    /* filter opd: lateness.opd_name */
order by late_pct desc, lateness.opd_name asc

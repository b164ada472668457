-- Punches of the month by the face beside them; offices with the largest share without one first.
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
    checks.opd_name,
    checks.punch_count,
    checks.by_terminal_count,
    checks.by_photo_count,
    checks.without_count,
    today.data_until_local,
    round(100.0 * checks.without_count / checks.punch_count, 1) as without_pct
from marts.rpt_face_checks_by_opd as checks
inner join shown on checks.month = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
where checks.punch_count > 0
order by without_pct desc, checks.without_count desc, checks.opd_name asc

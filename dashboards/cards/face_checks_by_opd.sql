-- Attendance photos of the month by what comparing them gave.
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
    checks.photo_count,
    checks.match_count,
    checks.mismatch_count,
    checks.no_face_count,
    checks.several_faces_count,
    checks.unusable_count,
    checks.not_enrolled_count,
    today.data_until_local
from marts.rpt_face_checks_by_opd as checks
inner join shown on checks.month = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
where checks.photo_count > 0
order by checks.mismatch_count desc, checks.photo_count desc, checks.opd_name asc

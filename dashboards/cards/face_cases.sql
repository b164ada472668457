-- Photos of the month that do not look like the owner of the PIN, the clear ones first. Cases, not verdicts.
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
    cases.taken_at_local,
    cases.name,
    cases.nip,
    cases.opd_name,
    cases.label,
    cases.punched_at_local,
    today.data_until_local,
    case when cases.is_borderline then 'Dekat ambang' else 'Jelas berbeda' end as strength
from marts.rpt_face_cases as cases
inner join shown on date_trunc('month', cases.taken_at_local) = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
order by cases.is_borderline asc, cases.taken_at_local desc, cases.case_no desc

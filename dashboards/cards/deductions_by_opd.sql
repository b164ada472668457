-- Rupiah of the month of the day shown, by office.
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
    cut.opd_name,
    cut.people_count,
    cut.payable_idr,
    cut.projected_idr,
    cut.undecided_count,
    cut.incomplete_day_count,
    today.data_until_local
from marts.rpt_deductions_by_opd as cut
inner join shown on cut.month = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
where
    true
    /* filter opd: cut.opd_name */
order by cut.payable_idr desc, cut.projected_idr desc, cut.opd_name asc

-- Rupiah of the month of the day shown: payable, projected (announced rule) and what nobody can say yet beside them.
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
    shown.work_date as month_date,
    today.data_until_local,
    sum(cut.payable_idr) as payable_idr,
    sum(cut.projected_idr) as projected_idr,
    sum(cut.undecided_count) as undecided_count,
    sum(cut.incomplete_day_count) as incomplete_day_count
from marts.rpt_deductions_by_opd as cut
inner join shown on cut.month = date_trunc('month', shown.work_date)
cross join marts.rpt_city_today as today
group by shown.work_date, today.data_until_local

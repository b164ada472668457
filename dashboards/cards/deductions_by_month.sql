-- Every month of the record, newest first.
select
    cut.month,
    today.data_until_local,
    sum(cut.people_count) as people_count,
    sum(cut.payable_idr) as payable_idr,
    sum(cut.projected_idr) as projected_idr,
    sum(cut.undecided_count) as undecided_count,
    sum(cut.incomplete_day_count) as incomplete_day_count
from marts.rpt_deductions_by_opd as cut
cross join marts.rpt_city_today as today
group by cut.month, today.data_until_local
order by cut.month desc

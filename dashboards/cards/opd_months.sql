-- Months of one office, newest first: lateness beside rupiah and what they leave out.
select
    cut.month,
    cut.payable_idr,
    cut.projected_idr,
    cut.undecided_count,
    cut.incomplete_day_count,
    today.data_until_local,
    round(100.0 * lateness.late_count / nullif(lateness.shift_count, 0), 2) as late_pct
from marts.rpt_deductions_by_opd as cut
left join marts.rpt_lateness_by_opd as lateness
    on cut.month = lateness.month and cut.opd_code = lateness.opd_code
cross join marts.rpt_city_today as today
where cut.opd_code = 'KODE_OPD'
order by cut.month desc

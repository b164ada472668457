-- People whose closed month would come out otherwise by what is known now, the largest difference first.
select
    late.month as month_date,
    late.opd_name,
    late.nip,
    late.name,
    late.difference_payable_pct,
    late.difference_payable_idr,
    late.difference_projected_pct,
    late.difference_projected_idr,
    late.causes,
    today.data_until_local
from marts.rpt_susulan as late
cross join marts.rpt_city_today as today
order by
    late.month desc, abs(late.difference_payable_idr) + abs(late.difference_projected_idr) desc, late.employee_id asc

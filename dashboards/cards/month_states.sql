-- Where each month stands, the latest first.
select
    states.month as month_date,
    case states.close_state
        when 'CLOSED' then 'Ditutup'
        when 'LOCKED' then 'Terkunci, menunggu tanda tangan'
        else 'Terbuka'
    end as state_text,
    states.payable_idr,
    states.projected_idr,
    states.undecided_count,
    states.incomplete_day_count,
    states.decided_by,
    states.letter_no,
    states.susulan_people_count,
    states.susulan_payable_idr,
    states.susulan_projected_idr,
    today.data_until_local
from marts.rpt_month_states as states
cross join marts.rpt_city_today as today
order by states.month desc

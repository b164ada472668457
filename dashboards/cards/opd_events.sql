-- The last five apel and ceremonies of one office.
select
    roll.event_date,
    roll.name,
    roll.expected_count,
    roll.present_count,
    roll.excused_count,
    roll.absent_count,
    roll.incomplete_count,
    today.data_until_local
from marts.rpt_event_rolls as roll
cross join marts.rpt_city_today as today
where roll.opd_code = 'KODE_OPD'
order by roll.event_date desc, roll.event_id desc
limit 5

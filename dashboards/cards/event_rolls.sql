-- The last eight apel and ceremonies, all offices together: an apel that each office holds for itself is one line.
select
    roll.event_date,
    roll.name,
    today.data_until_local,
    sum(roll.expected_count) as expected_count,
    sum(roll.present_count) as present_count,
    sum(roll.excused_count) as excused_count,
    sum(roll.absent_count) as absent_count,
    sum(roll.incomplete_count) as incomplete_count
from marts.rpt_event_rolls as roll
cross join marts.rpt_city_today as today
where
    true
    /* filter tanggal: roll.event_date */
group by roll.event_date, roll.name, today.data_until_local
order by roll.event_date desc, roll.name desc
limit 8

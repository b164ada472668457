-- The roll of the latest apel or ceremony, by office: an apel that each office holds for itself has one name and day.
with latest as (
    select
        event_date,
        name
    from marts.rpt_event_rolls
    order by event_date desc, name desc
    limit 1
)

select
    roll.opd_name,
    roll.event_date,
    roll.name,
    roll.expected_count,
    roll.present_count,
    roll.excused_count,
    roll.absent_count,
    roll.incomplete_count,
    today.data_until_local
from marts.rpt_event_rolls as roll
inner join latest on roll.event_date = latest.event_date and roll.name = latest.name
cross join marts.rpt_city_today as today
where
    true
    /* filter opd: roll.opd_name */
order by roll.absent_count desc, roll.opd_name asc

-- The clock of a page about machines: they work on every day, so the day shown is the day of as_of.
select
    today.as_of_local,
    today.data_until_local,
    today.work_date as shown_date
from marts.rpt_city_today as today

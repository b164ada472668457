-- What waits for somebody's decision, the oldest first.
select
    waiting.title,
    waiting.since_date,
    waiting.people_count,
    waiting.what_to_do,
    today.data_until_local
from marts.rpt_decisions_waiting as waiting
cross join marts.rpt_city_today as today
order by waiting.since_date, waiting.matter, waiting.subject

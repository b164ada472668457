-- The clock of the page: as_of of the build, the day that is shown, until when the city's data reach.
-- The day shown is the latest one on which at least half of the people of the fullest day are due:
-- on a Saturday only guards are, and the last working day is what the leadership asks about.
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
    today.as_of_local,
    today.data_until_local,
    shown.work_date as shown_date
from marts.rpt_city_today as today
cross join shown

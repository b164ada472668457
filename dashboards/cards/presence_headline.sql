-- The city on the day shown. What cannot be said yet is null, not 0: alpa of a running day, "not due" of a judged one.
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
),

city as (
    select
        sum(presence.expected_count) as expected_count,
        sum(presence.arrived_count) as arrived_count,
        sum(presence.not_due_count) as not_due_count,
        sum(presence.excused_count) as excused_count,
        sum(presence.alpa_count) as alpa_count,
        sum(presence.late_count) as late_count,
        sum(presence.no_data_count) as no_data_count,
        shown.work_date
    from marts.rpt_presence_by_opd as presence
    inner join shown on presence.work_date = shown.work_date
    where
        presence.day_kind = 'hari_ini'
        or shown.work_date <> cast(presence.as_of_local as date)
    group by shown.work_date
)

select
    city.expected_count,
    city.arrived_count,
    city.excused_count,
    city.no_data_count,
    city.late_count,
    today.data_until_local,
    case
        when city.work_date < cast(today.as_of_local as date) then city.alpa_count
        else nullif(city.alpa_count, 0)
    end as alpa_count,
    case
        when city.work_date < cast(today.as_of_local as date) then nullif(city.not_due_count, 0)
        else city.not_due_count
    end as not_due_count,
    round(100.0 * city.arrived_count / nullif(city.expected_count, 0), 2) as arrived_pct
from city
cross join marts.rpt_city_today as today

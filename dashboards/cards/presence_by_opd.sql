-- One row per office on the day shown; the office that most needs a look stands first.
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
    presence.opd_name,
    presence.expected_count,
    presence.arrived_count,
    presence.not_due_count,
    presence.excused_count,
    presence.alpa_count,
    presence.no_data_count,
    presence.late_count,
    presence.data_until_local as opd_data_until_local,
    today.data_until_local,
    presence.arrived_count || ' dari ' || presence.expected_count as arrived_of_expected
from marts.rpt_presence_by_opd as presence
inner join shown on presence.work_date = shown.work_date
cross join marts.rpt_city_today as today
where
    (
        presence.day_kind = 'hari_ini'
        or shown.work_date <> cast(presence.as_of_local as date)
    )
    /* filter opd: presence.opd_name */
order by
    1.0 * (presence.arrived_count + presence.excused_count) / nullif(presence.expected_count, 0),
    presence.opd_name

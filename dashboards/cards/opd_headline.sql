-- One office on the day shown. What cannot be said yet is null, not 0: alpa of a running day, "not due" of a judged one.
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
    presence.expected_count,
    presence.arrived_count,
    presence.excused_count,
    presence.no_data_count,
    presence.late_count,
    least(presence.data_until_local, presence.as_of_local) as data_until_local,
    case
        when shown.work_date < cast(presence.as_of_local as date) then presence.alpa_count
        else nullif(presence.alpa_count, 0)
    end as alpa_count,
    case
        when shown.work_date < cast(presence.as_of_local as date) then nullif(presence.not_due_count, 0)
        else presence.not_due_count
    end as not_due_count,
    round(100.0 * presence.arrived_count / nullif(presence.expected_count, 0), 2) as arrived_pct
from marts.rpt_presence_by_opd as presence
inner join shown on presence.work_date = shown.work_date
where
    presence.opd_code = 'KODE_OPD'
    and (
        presence.day_kind = 'hari_ini'
        or shown.work_date <> cast(presence.as_of_local as date)
    )

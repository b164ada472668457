-- The terminals of one office.
select
    fleet.label,
    fleet.last_contact_local,
    fleet.punch_today_count,
    today.data_until_local,
    case
        when fleet.last_outcome is null then 'belum pernah dibaca'
        when fleet.last_outcome = 'unreachable' then 'tidak dapat dihubungi'
        when fleet.last_outcome = 'refused' then 'menolak atau terputus'
        when coalesce(fleet.gap_hours >= 2, true) then 'terbaca, belum sampai kini'
        else 'terbaca'
    end as state_text
from marts.rpt_fleet as fleet
cross join marts.rpt_city_today as today
where fleet.opd_code = 'KODE_OPD'
order by fleet.terminal_serial

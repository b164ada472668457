-- Every terminal; first those that cannot be read, then those behind, then those nearly full or whose clock is off.
with terminals as (
    select
        fleet.*,
        case
            when fleet.last_outcome is null then 'belum pernah dibaca'
            when fleet.last_outcome = 'unreachable' then 'tidak dapat dihubungi'
            when fleet.last_outcome = 'refused' then 'menolak atau terputus'
            when coalesce(fleet.gap_hours >= 2, true) and fleet.driver = 'usb_file' then 'menunggu berkas USB'
            when coalesce(fleet.gap_hours >= 2, true) and fleet.driver = 'adms' then 'tidak mengirim sampai kini'
            when coalesce(fleet.gap_hours >= 2, true) then 'terbaca, belum sampai kini'
            when fleet.is_nearly_full then 'terbaca; hampir penuh'
            when abs(fleet.clock_drift_s) > 60 then 'terbaca; jam perlu disetel'
            else 'terbaca'
        end as state_text,
        case
            when coalesce(fleet.last_outcome <> 'ok', true) then 1
            when coalesce(fleet.gap_hours >= 2, true) then 2
            when abs(fleet.clock_drift_s) > 60 or fleet.is_nearly_full then 3
            else 4
        end as urgency
    from marts.rpt_fleet as fleet
)

select
    terminals.opd_name,
    terminals.label,
    terminals.terminal_serial,
    terminals.state_text,
    terminals.last_contact_local,
    terminals.covers_until_local,
    greatest(terminals.gap_hours, 0) as gap_hours,
    terminals.clock_drift_s,
    terminals.punch_today_count,
    terminals.people_count,
    terminals.records_left_count,
    terminals.full_pct,
    terminals.last_error_message,
    today.data_until_local
from terminals
cross join marts.rpt_city_today as today
order by
    terminals.urgency asc,
    terminals.people_count desc,
    terminals.opd_name asc,
    terminals.terminal_serial asc

-- Terminals whose log was not read for two hours or whose last reading failed, most people first.
select
    gap.opd_name,
    gap.label,
    gap.covers_until_local,
    gap.gap_hours,
    gap.people_count,
    today.data_until_local,
    case gap.last_outcome
        when 'ok' then 'terbaca, tetapi belum sampai kini'
        when 'refused' then 'menolak atau terputus'
        when 'unreachable' then 'tidak dapat dihubungi'
        else 'belum pernah dibaca'
    end as outcome_text,
    gap.last_error_message
from marts.rpt_data_gaps as gap
cross join marts.rpt_city_today as today
where
    (
        gap.gap_hours is null
        or gap.gap_hours >= 2
        or gap.last_outcome is distinct from 'ok'
    )
    /* filter opd: gap.opd_name */
order by gap.people_count desc, gap.gap_hours desc nulls first, gap.terminal_serial asc

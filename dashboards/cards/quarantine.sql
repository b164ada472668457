-- What the gate holds back, with what to do about it; the oldest first.
select
    held.opd_name,
    held.punch_count,
    held.pin_count,
    held.oldest_date,
    held.newest_date,
    today.data_until_local,
    coalesce(held.label, held.terminal_serial) as label,
    case held.check_code
        when 'pin_unknown' then 'PIN tidak dikenal'
        when 'posting_invalid' then 'Pegawai tanpa penempatan'
        when 'future_punch' then 'Sesudah jam terminal'
        else held.check_code
    end as check_text,
    case held.check_code
        when 'pin_unknown'
            then 'Lengkapi pins di folder situs, atau putuskan milik siapa (hadir decide pin); lalu periksa ulang.'
        when 'posting_invalid'
            then 'Lengkapi postings di folder situs; lalu periksa ulang.'
        when 'future_punch'
            then 'Periksa dan setel jam terminal itu; pastikan apakah jamnya pernah diubah.'
        else 'Buka catatan pemeriksaan di Data Docs.'
    end as remedy_text
from marts.rpt_quarantine as held
cross join marts.rpt_city_today as today
order by held.oldest_date, held.terminal_serial, held.check_code

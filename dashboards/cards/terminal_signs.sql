-- What was noticed at terminals in the last 31 days and needs a person's look; the newest first.
select
    signs.opd_name,
    signs.noticed_at_local,
    signs.detail,
    today.data_until_local,
    coalesce(signs.label, signs.terminal_serial) as label,
    case signs.sign
        when 'jumlah_turun' then 'catatan berkurang'
        when 'awal_log_berubah' then 'awal log berubah'
        when 'jam_bergeser' then 'jam bergeser'
        when 'mesin_lain' then 'terminal lain menjawab'
        when 'nomor_berpindah' then 'PIN berganti nomor'
        when 'nama_berganti' then 'PIN berganti nama'
        else replace(signs.sign, '_', ' ')
    end as sign_text
from marts.rpt_terminal_signs as signs
cross join marts.rpt_city_today as today
where signs.noticed_at_local >= today.as_of_local - interval '31 days'
order by signs.noticed_at_local desc, signs.terminal_serial asc, signs.sign_id asc

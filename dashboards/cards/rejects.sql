-- Records that were no punches, by terminal and reason; the most first.
select
    refused.opd_name,
    refused.reason,
    refused.record_count,
    refused.last_read_date,
    today.data_until_local,
    coalesce(refused.label, refused.terminal_serial) as label
from marts.rpt_rejects as refused
cross join marts.rpt_city_today as today
order by refused.record_count desc, refused.terminal_serial asc, refused.reason asc

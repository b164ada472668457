-- To which wall time the log of a terminal is known to be complete.
select
    pulls.terminal_serial,
    max(pulls.covers_until_local) as covers_until_local
from {{ ref('stg_raw__pulls') }} as pulls
where pulls.outcome = 'ok'
group by pulls.terminal_serial

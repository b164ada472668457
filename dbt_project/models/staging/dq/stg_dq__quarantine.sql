-- What a check holds back at this moment.
select distinct
    terminal_serial,
    pin,
    punched_at_local
from {{ source('dq', 'quarantine') }}
where resolved_at is null

-- What a check holds back at this moment; a punch may be held by more than one.
select
    terminal_serial,
    pin,
    punched_at_local,
    check_code
from {{ source('dq', 'quarantine') }}
where resolved_at is null

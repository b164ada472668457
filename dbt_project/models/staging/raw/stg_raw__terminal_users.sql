-- What terminals call the owner of a PIN, since when: hints, never a proof.
select
    terminal_serial,
    pin,
    user_name,
    seen_at
from {{ source('raw', 'terminal_users') }}

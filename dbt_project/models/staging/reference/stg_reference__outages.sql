select
    terminal_serial,
    from_at_local,
    to_at_local,
    letter_no,
    list_complete as is_list_complete
from {{ source('reference', 'outages') }}
where {{ known_at_build() }}

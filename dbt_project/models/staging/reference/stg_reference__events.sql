select
    event_id,
    kind,
    name,
    event_date,
    opd_code,
    starts_at,
    window_from,
    window_to,
    terminal_serial,
    attendance_by,
    legal_basis
from {{ source('reference', 'events') }}
where {{ known_at_build() }}

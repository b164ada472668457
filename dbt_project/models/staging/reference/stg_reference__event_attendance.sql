select
    event_id,
    employee_id,
    is_present,
    note
from {{ source('reference', 'event_attendance') }}
where {{ known_at_build() }}

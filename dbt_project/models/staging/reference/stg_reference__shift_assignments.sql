select
    scope,
    scope_code,
    schedule_code,
    valid_from,
    valid_to
from {{ source('reference', 'shift_assignments') }}
where {{ known_at_build() }}

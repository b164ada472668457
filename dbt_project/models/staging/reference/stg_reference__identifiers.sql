select
    employee_id,
    kind,
    value,
    valid_from,
    valid_to
from {{ source('reference', 'identifiers') }}
where {{ known_at_build() }}

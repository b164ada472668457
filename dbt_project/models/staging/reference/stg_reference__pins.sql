select
    scope,
    scope_code,
    pin,
    employee_id,
    valid_from,
    valid_to
from {{ source('reference', 'pins') }}
where {{ known_at_build() }}

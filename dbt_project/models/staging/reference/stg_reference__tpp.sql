select
    employee_id,
    base_idr,
    valid_from,
    valid_to
from {{ source('reference', 'tpp') }}
where {{ known_at_build() }}

select
    employee_id,
    opd_code,
    group_code,
    valid_from,
    valid_to
from {{ source('reference', 'postings') }}
where {{ known_at_build() }}

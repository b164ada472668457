select
    excuse_id,
    employee_id,
    kind,
    date_from,
    date_to,
    side,
    letter_no,
    decision,
    decided_on,
    requested_on,
    deadline
from {{ source('reference', 'excuses') }}
where {{ known_at_build() }}

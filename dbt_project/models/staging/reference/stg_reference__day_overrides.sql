select
    employee_id,
    work_date,
    kind,
    pct,
    decided_by,
    letter_no
from {{ source('reference', 'day_overrides') }}
where {{ known_at_build() }}

select
    employee_id,
    month,
    counter,
    quantity,
    letter_no
from {{ source('reference', 'stated_counters') }}
where {{ known_at_build() }}

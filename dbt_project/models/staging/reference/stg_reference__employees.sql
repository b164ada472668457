select
    employee_id,
    name,
    kind
from {{ source('reference', 'employees') }}
where {{ known_at_build() }}

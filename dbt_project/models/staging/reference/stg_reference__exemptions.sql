select
    scope,
    scope_code,
    activity,
    valid_from,
    valid_to,
    letter_no
from {{ source('reference', 'exemptions') }}
where {{ known_at_build() }}

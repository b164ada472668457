select
    holiday_date,
    name,
    kind,
    legal_basis
from {{ source('reference', 'holidays') }}
where {{ known_at_build() }}

select
    opd_code,
    name as opd_name,
    timezone
from {{ source('reference', 'opd') }}
where {{ known_at_build() }}

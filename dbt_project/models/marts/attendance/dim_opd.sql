select
    offices.opd_code,
    offices.opd_name,
    offices.timezone
from {{ ref('stg_reference__opd') }} as offices

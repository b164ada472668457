select
    employee_id,
    work_date
from {{ source('ops', 'build_days') }}
where build_id = (select build_id from {{ ref('stg_ops__current_build') }})

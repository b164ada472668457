select
    build_id,
    as_of,
    load_id,
    is_full,
    rules_sha256
from {{ source('ops', 'current_build') }}

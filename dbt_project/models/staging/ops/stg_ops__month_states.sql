-- Where each month stands; one that is not here is OPEN. frozen_id names the rows that a locked or closed month shows.
select
    month,
    state,
    frozen_id,
    changed_at,
    approval_id,
    build_id,
    load_id,
    rules_sha256,
    figures_sha256
from {{ source('ops', 'current_months') }}

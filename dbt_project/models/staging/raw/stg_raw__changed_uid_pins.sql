-- User numbers of terminals behind which another PIN stands than before.
select
    changes.terminal_serial,
    changes.uid,
    changes.pull_id,
    changes.previous_pin,
    changes.pin
from {{ source('raw', 'changed_uid_pins') }} as changes
where exists (
    select 1 from {{ ref('stg_ops__build_pulls') }} as known
    where known.pull_id = changes.pull_id
)

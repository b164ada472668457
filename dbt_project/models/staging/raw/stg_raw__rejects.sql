select
    rejects.terminal_serial,
    rejects.source,
    rejects.ordinal,
    rejects.pin,
    rejects.punched_at_local,
    rejects.reason,
    rejects.pull_id
from {{ source('raw', 'rejects') }} as rejects
where exists (
    select 1 from {{ ref('stg_ops__build_pulls') }} as known
    where known.pull_id = rejects.pull_id
)

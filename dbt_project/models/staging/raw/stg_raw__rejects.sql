-- is_settled: a person has said what becomes of it; it holds nothing back any more.
select
    rejects.terminal_serial,
    rejects.source,
    rejects.ordinal,
    rejects.pin,
    rejects.punched_at_local,
    rejects.reason,
    rejects.pull_id,
    settled.ordinal is not null as is_settled
from {{ source('raw', 'rejects') }} as rejects
left join {{ source('ops', 'settled_rejects') }} as settled
    on
        rejects.terminal_serial = settled.terminal_serial
        and rejects.source = settled.source
        and rejects.ordinal = settled.ordinal
where exists (
    select 1 from {{ ref('stg_ops__build_pulls') }} as known
    where known.pull_id = rejects.pull_id
)

-- Each time that a terminal was asked for its own book of its menu; without a count it did not give it.
select
    reads.pull_id,
    reads.terminal_serial,
    reads.entry_count,
    reads.error_message,
    reads.read_at
from {{ source('raw', 'oplog_reads') }} as reads
where exists (
    select 1 from {{ ref('stg_ops__build_pulls') }} as known
    where known.pull_id = reads.pull_id
)

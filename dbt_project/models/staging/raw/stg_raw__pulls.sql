-- Attempts that this build knows; what lands while it runs waits for the next.
select
    pulls.pull_id,
    pulls.terminal_serial,
    pulls.channel,
    pulls.outcome,
    pulls.outcome in ('ok', 'refused') as is_answered,
    pulls.started_at,
    pulls.covers_until_local,
    pulls.clock_drift_s,
    greatest(pulls.covers_until_local, pulls.device_clock_local) as read_until_local,
    pulls.error_class,
    pulls.error_message,
    pulls.evidence_sha256,
    pulls.epoch,
    pulls.counted_before,
    pulls.counted_after,
    pulls.capacity,
    build_pulls.is_new
from {{ source('raw', 'pulls') }} as pulls
inner join {{ ref('stg_ops__build_pulls') }} as build_pulls on pulls.pull_id = build_pulls.pull_id

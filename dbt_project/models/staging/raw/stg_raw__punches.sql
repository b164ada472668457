-- Punches that count: of pulls that this build knows, and not held back by an open quarantine row.
select
    punches.terminal_serial,
    punches.pin,
    punches.punched_at_local,
    punches.verify,
    punches.epoch,
    punches.ordinal,
    punches.channel,
    punches.pull_id
from {{ source('raw', 'punches') }} as punches
where
    exists (
        select 1 from {{ ref('stg_ops__build_pulls') }} as known
        where known.pull_id = punches.pull_id
    )
    and not exists (
        select 1
        from {{ ref('stg_dq__quarantine') }} as held
        where
            held.terminal_serial = punches.terminal_serial
            and held.pin = punches.pin
            and held.punched_at_local = punches.punched_at_local
    )

-- Punches that count: of pulls that this build knows, and not held back by an open quarantine row; and those that a
-- person took from a run with a wrong clock, at the time that he gave them (of these the way of verifying is not kept).
with

recorded as (
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
),

adopted as (
    select distinct on (taken.terminal_serial, taken.pin, taken.punched_at_local)
        taken.terminal_serial,
        taken.pin,
        taken.punched_at_local,
        null::smallint as verify,
        taken.epoch,
        taken.ordinal,
        taken.channel,
        taken.pull_id
    from {{ source('ops', 'current_adopted_punches') }} as taken
    where
        exists (
            select 1 from {{ ref('stg_ops__build_pulls') }} as known
            where known.pull_id = taken.pull_id
        )
        -- Looked up one by one: as a join the few that were adopted would have the whole history read.
        and (
            select count(*)
            from {{ source('raw', 'punches') }} as punches
            where
                punches.terminal_serial = taken.terminal_serial
                and punches.pin = taken.pin
                and punches.punched_at_local = taken.punched_at_local
        ) = 0
    order by taken.terminal_serial, taken.pin, taken.punched_at_local, taken.decision_id, taken.ordinal
)

select * from recorded
union all
select * from adopted

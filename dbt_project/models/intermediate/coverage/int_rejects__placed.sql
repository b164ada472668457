-- When a record that could not be read must have been made: between its neighbours in the log. A record with a time
-- counts at that time too, though the time cannot be right.
with

rejects as (
    select * from {{ ref('stg_raw__rejects') }}
    where is_settled is not true
),

punches as (
    select
        raw_punches.terminal_serial,
        raw_punches.pull_id,
        raw_punches.ordinal,
        raw_punches.punched_at_local
    from {{ ref('stg_raw__punches') }} as raw_punches
    where raw_punches.pull_id in (select rejects.pull_id from rejects)
),

pulls as (select * from {{ ref('stg_raw__pulls') }}),

neighbours as (
    select
        rejects.terminal_serial,
        rejects.source,
        rejects.ordinal,
        rejects.pin,
        rejects.punched_at_local,
        rejects.pull_id,
        max(punches.punched_at_local) filter (where punches.ordinal < rejects.ordinal) as after_local,
        min(punches.punched_at_local) filter (where punches.ordinal > rejects.ordinal) as before_local
    from rejects
    left join punches
        on rejects.pull_id = punches.pull_id and rejects.terminal_serial = punches.terminal_serial
    group by
        rejects.terminal_serial, rejects.source, rejects.ordinal, rejects.pin, rejects.punched_at_local,
        rejects.pull_id
),

-- First or last of its pull: the end of what had been read before, the end of what this pull read.
rejecting as (
    select distinct
        neighbours.pull_id,
        neighbours.terminal_serial
    from neighbours
),

earlier as (
    select
        rejecting.pull_id,
        max(pulls.covers_until_local) as covers_until_local
    from rejecting
    inner join pulls
        on rejecting.terminal_serial = pulls.terminal_serial and rejecting.pull_id > pulls.pull_id
    where pulls.outcome = 'ok'
    group by rejecting.pull_id
),

terminals as (
    select
        stays.terminal_serial,
        min(stays.installed_on) as installed_on,
        max(offices.timezone) as timezone
    from {{ ref('stg_reference__terminals') }} as stays
    left join {{ ref('stg_reference__opd') }} as offices on stays.opd_code = offices.opd_code
    group by stays.terminal_serial
),

final as (
    select
        neighbours.terminal_serial,
        neighbours.pin,
        coalesce(neighbours.after_local, earlier.covers_until_local, terminals.installed_on::timestamp) as from_local,
        -- A terminal whose clock is days off covers nothing, and was read all the same up to that moment of the office.
        coalesce(
            neighbours.before_local,
            case
                when abs(pulls.clock_drift_s) > 86400
                    then greatest(pulls.covers_until_local, pulls.started_at at time zone terminals.timezone)
                else pulls.read_until_local
            end
        ) as to_local
    from neighbours
    inner join pulls on neighbours.pull_id = pulls.pull_id
    left join earlier on neighbours.pull_id = earlier.pull_id
    inner join terminals on neighbours.terminal_serial = terminals.terminal_serial
    union all
    select
        neighbours.terminal_serial,
        neighbours.pin,
        neighbours.punched_at_local as from_local,
        neighbours.punched_at_local as to_local
    from neighbours
    where neighbours.punched_at_local is not null
)

select * from final

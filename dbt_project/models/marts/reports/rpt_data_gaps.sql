{{ config(materialized='view') }}

-- Each terminal that stands today: how far its log has been read, how its last reading ended and how many
-- people depend on it.

with terminals as (
    select * from {{ ref('dim_terminal') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

terminals_read as (
    select * from {{ ref('int_terminals__read') }}
),

terminal_sets as (
    select * from {{ ref('int_terminal_sets__by_employee') }}
),

pulls as (
    select * from {{ ref('stg_raw__pulls') }}
),

build as (
    select * from {{ ref('stg_ops__current_build') }}
),

standing as (
    select
        terminals.*,
        opds.opd_name,
        date_trunc('second', build.as_of at time zone opds.timezone) as as_of_local
    from terminals
    inner join opds on terminals.opd_code = opds.opd_code
    cross join build
    where
        terminals.installed_on <= build.as_of at time zone opds.timezone
        and coalesce(terminals.removed_on, 'infinity'::date) > build.as_of at time zone opds.timezone
),

last_pulls as (
    select distinct on (terminal_serial)
        terminal_serial,
        outcome,
        error_message
    from pulls
    order by terminal_serial asc, pull_id desc
),

users as (
    select
        members.terminal_serial,
        count(*) as people_count
    from terminal_sets
    cross join build
    cross join lateral unnest(string_to_array(terminal_sets.terminal_set, ' ')) as members (terminal_serial)
    where
        terminal_sets.valid_from <= build.as_of
        and coalesce(terminal_sets.valid_to, 'infinity'::date) > build.as_of
    group by members.terminal_serial
),

final as (
    select
        standing.opd_code,
        standing.opd_name,
        standing.terminal_serial,
        standing.label,
        terminals_read.covers_until_local,
        (
            extract(epoch from standing.as_of_local - terminals_read.covers_until_local) / 3600
        )::numeric(8, 1) as gap_hours,
        last_pulls.outcome as last_outcome,
        last_pulls.error_message as last_error_message,
        coalesce(users.people_count, 0) as people_count
    from standing
    left join terminals_read on standing.terminal_serial = terminals_read.terminal_serial
    left join last_pulls on standing.terminal_serial = last_pulls.terminal_serial
    left join users on standing.terminal_serial = users.terminal_serial
)

select * from final

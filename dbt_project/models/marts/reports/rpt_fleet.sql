{{ config(materialized='view') }}

-- Each terminal that stands today: when it last answered, how its last reading ended, how far its log has been read,
-- how far its clock is off, what it has recorded today, how many people depend on it and how full it is.

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

coverage as (
    select * from {{ ref('fct_coverage') }}
),

build as (
    select * from {{ ref('stg_ops__current_build') }}
),

bounds as (
    select parameters.nearly_full_pct
    from {{ ref('tamper_parameters') }} as parameters
    cross join build
    where
        build.as_of >= parameters.valid_from
        and build.as_of < coalesce(parameters.valid_to, 'infinity')
),

standing as (
    select
        terminals.*,
        opds.opd_name,
        opds.timezone,
        date_trunc('second', build.as_of at time zone opds.timezone) as as_of_local
    from terminals
    inner join opds on terminals.opd_code = opds.opd_code
    cross join build
    where
        terminals.installed_on <= build.as_of at time zone opds.timezone
        and coalesce(terminals.removed_on, 'infinity'::date) > build.as_of at time zone opds.timezone
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
        standing.driver,
        date_trunc('second', last_answers.started_at at time zone standing.timezone) as last_contact_local,
        last_pulls.outcome as last_outcome,
        last_pulls.error_message as last_error_message,
        terminals_read.covers_until_local,
        (
            extract(epoch from standing.as_of_local - terminals_read.covers_until_local) / 3600
        )::numeric(8, 1) as gap_hours,
        last_answers.clock_drift_s,
        coalesce(coverage.punch_count, 0) as punch_today_count,
        coalesce(users.people_count, 0) as people_count,
        last_counts.counted_after as record_count,
        last_counts.capacity - last_counts.counted_after as records_left_count,
        (100 * last_counts.counted_after::numeric / nullif(last_counts.capacity, 0))::numeric(5, 1) as full_pct,
        coalesce(
            last_counts.counted_after >= last_counts.capacity * (select bounds.nearly_full_pct from bounds) / 100, false
        ) as is_nearly_full
    from standing
    left join terminals_read on standing.terminal_serial = terminals_read.terminal_serial
    left join coverage
        on
            standing.terminal_serial = coverage.terminal_serial
            and standing.as_of_local::date = coverage.local_date
    left join users on standing.terminal_serial = users.terminal_serial
    -- by the index of raw.pulls: a year of attempts is not sorted for the last one of each terminal
    left join lateral (
        select
            pulls.outcome,
            pulls.error_message
        from {{ ref('stg_raw__pulls') }} as pulls
        where pulls.terminal_serial = standing.terminal_serial
        order by pulls.pull_id desc
        limit 1
    ) as last_pulls on true
    left join lateral (
        select
            pulls.started_at,
            pulls.clock_drift_s
        from {{ ref('stg_raw__pulls') }} as pulls
        where pulls.terminal_serial = standing.terminal_serial and pulls.is_answered
        order by pulls.pull_id desc
        limit 1
    ) as last_answers on true
    -- a terminal that was only away since then still holds what it held
    left join lateral (
        select
            pulls.counted_after,
            pulls.capacity
        from {{ ref('stg_raw__pulls') }} as pulls
        where pulls.terminal_serial = standing.terminal_serial and pulls.counted_after is not null
        order by pulls.pull_id desc
        limit 1
    ) as last_counts on true
)

select * from final

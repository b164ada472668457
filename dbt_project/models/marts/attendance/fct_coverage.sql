{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key='local_date',
        on_schema_change='fail',
        indexes=[{'columns': ['local_date', 'terminal_serial'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- What is known of each terminal for each day that it stood in an office.
with

current_build as (select * from {{ ref('stg_ops__current_build') }}),

terminals as (
    select
        stays.terminal_serial,
        stays.opd_code,
        offices.timezone,
        stays.installed_on,
        least(stays.removed_on - 1, (current_build.as_of at time zone offices.timezone)::date) as last_date
    from {{ ref('stg_reference__terminals') }} as stays
    inner join {{ ref('stg_reference__opd') }} as offices on stays.opd_code = offices.opd_code
    cross join current_build
),

terminal_days as (
    select
        terminals.terminal_serial,
        terminals.opd_code,
        dates.local_date::date as local_date
    from terminals
    cross join
        lateral generate_series(
            {%- if is_incremental() %}
                greatest(terminals.installed_on, date '{{ bounds.first }}'),
                least(terminals.last_date, date '{{ bounds.last }}'),
            {%- else %}
                terminals.installed_on,
                terminals.last_date,
            {%- endif %}
            interval '1 day'
        ) as dates (local_date)
    where {{ only_touched_dates(bounds, 'local_date::date', 'dates') }}
),

read_to as (select * from {{ ref('int_terminals__read') }}),

punches_by_code as (
    select
        raw_punches.terminal_serial,
        raw_punches.punched_at_local::date as local_date,
        raw_punches.verify,
        count(*) as punch_count,
        min(raw_punches.punched_at_local) as first_punch_at_local,
        max(raw_punches.punched_at_local) as last_punch_at_local
    from {{ ref('stg_raw__punches') }} as raw_punches
    {%- if is_incremental() %}
        where
            raw_punches.punched_at_local >= timestamp '{{ bounds.first }}'
            and raw_punches.punched_at_local < timestamp '{{ bounds.last }}' + interval '1 day'
    {%- endif %}
    group by raw_punches.terminal_serial, raw_punches.punched_at_local::date, raw_punches.verify
),

punches as (
    select
        by_code.terminal_serial,
        by_code.local_date,
        sum(by_code.punch_count)::integer as punch_count,
        coalesce(sum(by_code.punch_count) filter (where by_code.verify = parameters.face_verify_code), 0)::integer
            as face_punch_count,
        min(by_code.first_punch_at_local) as first_punch_at_local,
        max(by_code.last_punch_at_local) as last_punch_at_local
    from punches_by_code as by_code
    left join {{ ref('face_parameters') }} as parameters
        on
            by_code.local_date >= parameters.valid_from
            and by_code.local_date < coalesce(parameters.valid_to, 'infinity')
    group by by_code.terminal_serial, by_code.local_date
),

attempts as (
    select
        pulls.terminal_serial,
        (pulls.started_at at time zone terminals.timezone)::date as local_date,
        (array_agg(pulls.outcome order by pulls.pull_id desc))[1] as last_outcome,
        bool_or(pulls.is_answered) as is_answered
    from {{ ref('stg_raw__pulls') }} as pulls
    inner join terminals
        on
            pulls.terminal_serial = terminals.terminal_serial
            and (pulls.started_at at time zone terminals.timezone)::date
            between terminals.installed_on and terminals.last_date
    group by pulls.terminal_serial, (pulls.started_at at time zone terminals.timezone)::date
),

-- Days on which somebody was to use the terminal; on others silence says nothing.
used as (
    select distinct
        watched.work_date as local_date,
        members.terminal_serial
    from {{ ref('int_windows__watched') }} as watched
    cross join lateral unnest(string_to_array(watched.terminal_set, ' ')) as members (terminal_serial)
    where {{ only_touched_dates(bounds, 'work_date', 'watched') }}
),

final as (
    select
        terminal_days.terminal_serial,
        terminal_days.local_date,
        terminal_days.opd_code,
        case
            when read_to.covers_until_local > terminal_days.local_date
                then least(read_to.covers_until_local, terminal_days.local_date + 1)
        end as covers_until_local,
        coalesce(read_to.covers_until_local >= terminal_days.local_date + 1, false) as is_read_to_day_end,
        coalesce(punches.punch_count, 0) as punch_count,
        coalesce(punches.face_punch_count, 0) as face_punch_count,
        punches.first_punch_at_local,
        punches.last_punch_at_local,
        attempts.last_outcome,
        case
            when (read_to.covers_until_local >= terminal_days.local_date + 1) is not true then 'BELUM_LENGKAP'
            when
                used.terminal_serial is not null
                and punches.punch_count is null
                and attempts.is_answered is not true
                then 'TANPA_TANDA_HIDUP'
            else 'LENGKAP'
        end as state
    from terminal_days
    left join read_to on terminal_days.terminal_serial = read_to.terminal_serial
    left join punches
        on
            terminal_days.terminal_serial = punches.terminal_serial
            and terminal_days.local_date = punches.local_date
    left join attempts
        on
            terminal_days.terminal_serial = attempts.terminal_serial
            and terminal_days.local_date = attempts.local_date
    left join used
        on terminal_days.terminal_serial = used.terminal_serial and terminal_days.local_date = used.local_date
)

select * from final

{{ config(materialized='view') }}

-- Records that were no punches, by terminal and reason; their bytes are kept in raw.

with rejects as (
    select * from {{ ref('stg_raw__rejects') }}
),

pulls as (
    select * from {{ ref('stg_raw__pulls') }}
),

last_offices as (
    select * from {{ ref('int_terminals__last_office') }}
),

final as (
    select
        rejects.terminal_serial,
        last_offices.label,
        last_offices.opd_code,
        last_offices.opd_name,
        rejects.reason,
        count(*) as record_count,
        (min(pulls.started_at) at time zone last_offices.timezone)::date as first_read_date,
        (max(pulls.started_at) at time zone last_offices.timezone)::date as last_read_date
    from rejects
    inner join pulls on rejects.pull_id = pulls.pull_id
    left join last_offices on rejects.terminal_serial = last_offices.terminal_serial
    group by
        rejects.terminal_serial, rejects.reason,
        last_offices.label, last_offices.opd_code, last_offices.opd_name, last_offices.timezone
)

select * from final

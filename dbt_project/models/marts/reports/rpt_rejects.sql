{{ config(materialized='view') }}

-- Records that were no punches, by terminal and reason; their bytes are kept in raw.

with rejects as (
    select * from {{ ref('stg_raw__rejects') }}
),

pulls as (
    select * from {{ ref('stg_raw__pulls') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

terminals as (
    select * from {{ ref('dim_terminal') }}
),

stays as (
    select distinct on (terminal_serial)
        terminal_serial,
        label,
        opd_code
    from terminals
    order by terminal_serial asc, installed_on desc
),

final as (
    select
        rejects.terminal_serial,
        stays.label,
        stays.opd_code,
        opds.opd_name,
        rejects.reason,
        count(*) as record_count,
        (min(pulls.started_at) at time zone opds.timezone)::date as first_read_date,
        (max(pulls.started_at) at time zone opds.timezone)::date as last_read_date
    from rejects
    inner join pulls on rejects.pull_id = pulls.pull_id
    left join stays on rejects.terminal_serial = stays.terminal_serial
    left join opds on stays.opd_code = opds.opd_code
    group by rejects.terminal_serial, rejects.reason, stays.label, stays.opd_code, opds.opd_name, opds.timezone
)

select * from final

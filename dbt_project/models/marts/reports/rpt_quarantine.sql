{{ config(materialized='view') }}

-- What the gate holds back at this moment, by check and terminal: numbers and days, no PIN and no person.

with held as (
    select * from {{ ref('stg_dq__quarantine') }}
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
        held.check_code,
        held.terminal_serial,
        stays.label,
        stays.opd_code,
        opds.opd_name,
        count(*) as punch_count,
        count(distinct held.pin) as pin_count,
        min(held.punched_at_local)::date as oldest_date,
        max(held.punched_at_local)::date as newest_date
    from held
    left join stays on held.terminal_serial = stays.terminal_serial
    left join opds on stays.opd_code = opds.opd_code
    group by held.check_code, held.terminal_serial, stays.label, stays.opd_code, opds.opd_name
)

select * from final

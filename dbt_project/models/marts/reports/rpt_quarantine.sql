{{ config(materialized='view') }}

-- What the gate holds back at this moment, by check and terminal: numbers and days, no PIN and no person.

with held as (
    select * from {{ ref('stg_dq__quarantine') }}
),

last_offices as (
    select * from {{ ref('int_terminals__last_office') }}
),

final as (
    select
        held.check_code,
        held.terminal_serial,
        last_offices.label,
        last_offices.opd_code,
        last_offices.opd_name,
        count(*) as punch_count,
        count(distinct held.pin) as pin_count,
        min(held.punched_at_local)::date as oldest_date,
        max(held.punched_at_local)::date as newest_date
    from held
    left join last_offices on held.terminal_serial = last_offices.terminal_serial
    group by held.check_code, held.terminal_serial, last_offices.label, last_offices.opd_code, last_offices.opd_name
)

select * from final

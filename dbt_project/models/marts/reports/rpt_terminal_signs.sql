{{ config(materialized='view') }}

-- What somebody should look into at a terminal: signs of tampering and PINs that changed hands.

with tampered as (
    select * from {{ ref('qc_terminal_tampering') }}
),

changed as (
    select * from {{ ref('qc_changed_pins') }}
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

signs as (
    select
        tampered.sign_id,
        tampered.terminal_serial,
        tampered.sign,
        tampered.noticed_at,
        tampered.detail
    from tampered
    union all
    select
        changed.change_id,
        changed.terminal_serial,
        changed.sign,
        changed.noticed_at,
        changed.detail
    from changed
),

final as (
    select
        signs.sign_id,
        signs.terminal_serial,
        stays.label,
        stays.opd_code,
        opds.opd_name,
        signs.sign,
        date_trunc('second', signs.noticed_at at time zone opds.timezone) as noticed_at_local,
        signs.detail
    from signs
    left join stays on signs.terminal_serial = stays.terminal_serial
    left join opds on stays.opd_code = opds.opd_code
)

select * from final

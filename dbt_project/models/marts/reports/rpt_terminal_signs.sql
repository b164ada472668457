{{ config(materialized='view') }}

-- What somebody should look into at a terminal: signs of tampering and PINs that changed hands.

with tampered as (
    select * from {{ ref('qc_terminal_tampering') }}
),

changed as (
    select * from {{ ref('qc_changed_pins') }}
),

last_offices as (
    select * from {{ ref('int_terminals__last_office') }}
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
        last_offices.label,
        last_offices.opd_code,
        last_offices.opd_name,
        signs.sign,
        date_trunc('second', signs.noticed_at at time zone last_offices.timezone) as noticed_at_local,
        signs.detail
    from signs
    left join last_offices on signs.terminal_serial = last_offices.terminal_serial
)

select * from final

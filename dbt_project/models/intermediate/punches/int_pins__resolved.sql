{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- Whose a pin is at a terminal, from when to when, without overlaps: the terminal's own row beats the office's.
with

claims as (select * from {{ ref('int_pins__claimed') }}),

borders as (
    select
        claims.terminal_serial,
        claims.pin,
        claims.valid_from as border_date
    from claims
    union
    select
        claims.terminal_serial,
        claims.pin,
        claims.valid_to
    from claims
),

stretches as (
    select
        borders.terminal_serial,
        borders.pin,
        borders.border_date as valid_from,
        lead(borders.border_date) over (
            partition by borders.terminal_serial, borders.pin
            order by borders.border_date
        ) as valid_to
    from borders
),

chosen as (
    select distinct on (stretches.terminal_serial, stretches.pin, stretches.valid_from)
        stretches.terminal_serial,
        stretches.pin,
        stretches.valid_from,
        stretches.valid_to,
        claims.employee_id
    from stretches
    inner join claims
        on
            stretches.terminal_serial = claims.terminal_serial
            and stretches.pin = claims.pin
            and stretches.valid_from >= claims.valid_from
            and stretches.valid_to <= claims.valid_to
    order by stretches.terminal_serial, stretches.pin, stretches.valid_from, claims.precedence, claims.employee_id
)

select * from chosen

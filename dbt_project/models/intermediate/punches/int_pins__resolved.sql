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

claims as (
    select
        pins.*,
        pins.valid_from as claimed_from,
        pins.valid_to as claimed_to
    from {{ ref('int_pins__claimed') }} as pins
),

chosen as (
    {{ first_claims(['terminal_serial', 'pin'], ['employee_id'], ['precedence', 'employee_id']) }}
)

select * from chosen

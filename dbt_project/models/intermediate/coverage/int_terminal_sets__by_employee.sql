{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- The terminals that a person may use, from when to when, as one text (serials in order, a space between): most
-- people of an office share it, so what is judged of terminals is computed once per set and not once per person.
with

claims as (select * from {{ ref('int_pins__claimed') }}),

borders as (
    select
        claims.employee_id,
        claims.valid_from as border_date
    from claims
    union
    select
        claims.employee_id,
        claims.valid_to
    from claims
),

stretches as (
    select
        borders.employee_id,
        borders.border_date as valid_from,
        lead(borders.border_date) over (partition by borders.employee_id order by borders.border_date) as valid_to
    from borders
),

final as (
    select
        stretches.employee_id,
        stretches.valid_from,
        stretches.valid_to,
        string_agg(distinct claims.terminal_serial, ' ' order by claims.terminal_serial) as terminal_set
    from stretches
    inner join claims
        on
            stretches.employee_id = claims.employee_id
            and stretches.valid_from >= claims.valid_from
            and stretches.valid_to <= claims.valid_to
    group by stretches.employee_id, stretches.valid_from, stretches.valid_to
)

select * from final

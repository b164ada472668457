{{ config(materialized='view') }}

-- The terminals of the fleet by how far their logs have been read, for those who decide about absence.

with fleet as (
    select * from {{ ref('rpt_fleet') }}
),

final as (
    select
        opd_code,
        opd_name,
        terminal_serial,
        label,
        covers_until_local,
        gap_hours,
        last_outcome,
        last_error_message,
        people_count
    from fleet
)

select * from final

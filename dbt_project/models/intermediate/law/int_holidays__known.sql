{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- The holidays of the city: its own list, and on other dates the calendar of the decree that governs it. A row of a
-- decree counts if the decree governs the date and the row had not been taken back by then.
with

own as (select * from {{ ref('stg_reference__holidays') }}),

calendars as (select * from {{ ref('stg_law__holiday_calendars') }}),

applications as (
    select * from {{ ref('stg_law__regulation_applications') }}
    where purpose = 'hari_libur' and opd_code is null and rule_status = 'in_force'
),

decreed as (
    select distinct on (calendars.holiday_date)
        calendars.holiday_date,
        calendars.name,
        calendars.kind,
        calendars.legal_basis,
        calendars.rule_code
    from calendars
    inner join applications
        on
            calendars.regulation_code = applications.regulation_code
            and calendars.holiday_date >= applications.valid_from
            and calendars.holiday_date < coalesce(applications.valid_to, 'infinity')
    where
        calendars.rule_status = 'in_force'
        and calendars.holiday_date >= calendars.valid_from
        and calendars.holiday_date < coalesce(calendars.valid_to, 'infinity')
    order by calendars.holiday_date asc, applications.valid_from desc, calendars.valid_from desc
),

final as (
    select
        own.holiday_date,
        own.name,
        own.kind,
        own.legal_basis,
        null::text as rule_code
    from own
    union all
    select
        decreed.holiday_date,
        decreed.name,
        decreed.kind,
        decreed.legal_basis,
        decreed.rule_code
    from decreed
    where decreed.holiday_date not in (select own.holiday_date from own)
)

select * from final

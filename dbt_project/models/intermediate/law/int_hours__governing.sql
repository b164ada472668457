{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- Which schedule of the law an office has, from when to when: for those to whom nobody assigns a schedule
-- (replaces_code '-'), and in place of another schedule, as in Ramadan. Of several rows the city's own beats the
-- built-in one, the office's that for all offices, the later the earlier. What is only announced is nobody's hours.
with

offices as (select * from {{ ref('stg_reference__opd') }}),

applications as (select * from {{ ref('stg_law__schedule_applications') }}),

claims as (
    select
        offices.opd_code,
        coalesce(applications.replaces_code, '-') as replaces_code,
        applications.schedule_code,
        applications.rule_code,
        applications.legal_basis,
        applications.valid_from as claimed_from,
        coalesce(applications.valid_to, 'infinity'::date) as claimed_to,
        applications.is_of_city,
        applications.opd_code is not null as is_of_office
    from offices
    inner join applications on applications.opd_code is null or offices.opd_code = applications.opd_code
    where applications.rule_status = 'in_force'
),

final as (
    {{ first_claims(
        ['opd_code', 'replaces_code'],
        ['schedule_code', 'rule_code', 'legal_basis'],
        ['is_of_city desc', 'is_of_office desc', 'claimed_from desc', 'rule_code']
    ) }}
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- Which regulation governs an office, for what and from when to when: the office's own application beats the one for
-- all offices, of two such the later. Cut at each day on which one begins or ends.
with

offices as (select * from {{ ref('stg_reference__opd') }}),

applications as (select * from {{ ref('stg_law__regulation_applications') }}),

claims as (
    select
        offices.opd_code,
        applications.purpose,
        applications.regulation_code,
        applications.rule_status as application_status,
        applications.valid_from as claimed_from,
        coalesce(applications.valid_to, 'infinity'::date) as claimed_to,
        applications.opd_code is not null as is_own
    from offices
    inner join applications on applications.opd_code is null or offices.opd_code = applications.opd_code
),

final as (
    {{ first_claims(
        ['opd_code', 'purpose'],
        ['regulation_code', 'application_status'],
        ['is_own desc', 'claimed_from desc']
    ) }}
)

select * from final

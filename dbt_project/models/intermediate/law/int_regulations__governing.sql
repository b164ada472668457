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

borders as (
    select
        claims.opd_code,
        claims.purpose,
        claims.claimed_from as border_date
    from claims
    union
    select
        claims.opd_code,
        claims.purpose,
        claims.claimed_to
    from claims
),

stretches as (
    select
        borders.opd_code,
        borders.purpose,
        borders.border_date as valid_from,
        lead(borders.border_date) over (
            partition by borders.opd_code, borders.purpose
            order by borders.border_date
        ) as valid_to
    from borders
),

final as (
    select distinct on (stretches.opd_code, stretches.purpose, stretches.valid_from)
        stretches.opd_code,
        stretches.purpose,
        stretches.valid_from,
        stretches.valid_to,
        claims.regulation_code,
        claims.application_status
    from stretches
    inner join claims
        on
            stretches.opd_code = claims.opd_code
            and stretches.purpose = claims.purpose
            and stretches.valid_from >= claims.claimed_from
            and stretches.valid_to <= claims.claimed_to
    order by
        stretches.opd_code asc,
        stretches.purpose asc,
        stretches.valid_from asc,
        claims.is_own desc,
        claims.claimed_from desc
)

select * from final

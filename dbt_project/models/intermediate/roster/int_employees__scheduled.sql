{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- Which schedule holds for a person, from when to when: his own assignment beats his group's, that of the group
-- beats the office's. Cut at each day on which a posting or an assignment begins or ends.
with

postings as (select * from {{ ref('stg_reference__postings') }}),

assignments as (select * from {{ ref('stg_reference__shift_assignments') }}),

scopes as (
    select
        postings.*,
        levels.scope,
        case levels.scope
            when 'employee' then postings.employee_id
            when 'group' then postings.group_code
            else postings.opd_code
        end as scope_code,
        levels.precedence
    from postings
    cross join (values ('employee', 1), ('group', 2), ('opd', 3)) as levels (scope, precedence)
),

claims as (
    select
        scopes.employee_id,
        scopes.opd_code,
        scopes.group_code,
        scopes.valid_from as posted_from,
        scopes.valid_to as posted_to,
        assignments.schedule_code,
        assignments.scope,
        assignments.valid_from as assigned_from,
        assignments.valid_to as assigned_to,
        scopes.precedence
    from scopes
    inner join assignments on scopes.scope = assignments.scope and scopes.scope_code = assignments.scope_code
),

valid_claims as (
    select
        claims.*,
        greatest(claims.posted_from, claims.assigned_from) as claimed_from,
        least(coalesce(claims.posted_to, 'infinity'), coalesce(claims.assigned_to, 'infinity')) as claimed_to
    from claims
    where
        claims.assigned_from < coalesce(claims.posted_to, 'infinity')
        and coalesce(claims.assigned_to, 'infinity') > claims.posted_from
),

borders as (
    select
        valid_claims.employee_id,
        valid_claims.posted_from,
        valid_claims.claimed_from as border_date
    from valid_claims
    union
    select
        valid_claims.employee_id,
        valid_claims.posted_from,
        valid_claims.claimed_to
    from valid_claims
),

stretches as (
    select
        borders.employee_id,
        borders.posted_from,
        borders.border_date as valid_from,
        lead(borders.border_date) over (
            partition by borders.employee_id, borders.posted_from
            order by borders.border_date
        ) as valid_to
    from borders
),

chosen as (
    select distinct on (stretches.employee_id, stretches.valid_from)
        stretches.employee_id,
        stretches.valid_from,
        stretches.valid_to,
        valid_claims.opd_code,
        valid_claims.group_code,
        valid_claims.schedule_code,
        valid_claims.scope as assignment_scope,
        valid_claims.assigned_from
    from stretches
    inner join valid_claims
        on
            stretches.employee_id = valid_claims.employee_id
            and stretches.posted_from = valid_claims.posted_from
            and stretches.valid_from >= valid_claims.claimed_from
            and stretches.valid_to <= valid_claims.claimed_to
    order by
        stretches.employee_id asc,
        stretches.valid_from asc,
        valid_claims.precedence asc,
        valid_claims.assigned_from desc
)

select * from chosen

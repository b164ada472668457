{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- Which schedule holds for a person, from when to when: his own assignment beats his group's, that of the group
-- beats the office's; where nobody assigned any, the office has the hours of the law that governs it. A schedule that
-- the law replaces for some days (Ramadan) gives way on them, whoever assigned it. Cut at each day on which a posting,
-- an assignment or a row of the law begins or ends.
with

postings as (select * from {{ ref('stg_reference__postings') }}),

assignments as (select * from {{ ref('stg_reference__shift_assignments') }}),

hours as (select * from {{ ref('int_hours__governing') }}),

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

assigned as (
    select
        scopes.employee_id,
        scopes.opd_code,
        scopes.group_code,
        scopes.valid_from as posted_from,
        coalesce(scopes.valid_to, 'infinity') as posted_to,
        assignments.schedule_code,
        assignments.scope as assignment_scope,
        assignments.valid_from as assigned_from,
        coalesce(assignments.valid_to, 'infinity') as assigned_to,
        scopes.precedence,
        null::text as hours_rule_code,
        null::text as hours_legal_basis
    from scopes
    inner join assignments on scopes.scope = assignments.scope and scopes.scope_code = assignments.scope_code
    union all
    select
        postings.employee_id,
        postings.opd_code,
        postings.group_code,
        postings.valid_from as posted_from,
        coalesce(postings.valid_to, 'infinity') as posted_to,
        hours.schedule_code,
        'law' as assignment_scope,
        hours.valid_from as assigned_from,
        hours.valid_to as assigned_to,
        4 as precedence,
        hours.rule_code as hours_rule_code,
        hours.legal_basis as hours_legal_basis
    from postings
    inner join hours on postings.opd_code = hours.opd_code and hours.replaces_code = '-'
    where hours.schedule_code is not null
),

base_claims as (
    select
        assigned.*,
        greatest(assigned.posted_from, assigned.assigned_from) as claimed_from,
        least(assigned.posted_to, assigned.assigned_to) as claimed_to,
        false as is_replacement
    from assigned
    where assigned.assigned_from < assigned.posted_to and assigned.assigned_to > assigned.posted_from
),

claims as (
    select * from base_claims
    union all
    select
        replaced.employee_id,
        replaced.opd_code,
        replaced.group_code,
        replaced.posted_from,
        replaced.posted_to,
        hours.schedule_code,
        replaced.assignment_scope,
        replaced.assigned_from,
        replaced.assigned_to,
        replaced.precedence,
        hours.rule_code as hours_rule_code,
        hours.legal_basis as hours_legal_basis,
        greatest(replaced.claimed_from, hours.valid_from) as claimed_from,
        least(replaced.claimed_to, hours.valid_to) as claimed_to,
        true as is_replacement
    from base_claims as replaced
    inner join hours
        on
            replaced.opd_code = hours.opd_code
            and replaced.schedule_code = hours.replaces_code
            and replaced.claimed_from < hours.valid_to
            and replaced.claimed_to > hours.valid_from
    where hours.schedule_code is not null
),

chosen as (
    {{ first_claims(
        ['employee_id', 'posted_from'],
        [
            'opd_code', 'group_code', 'schedule_code', 'assignment_scope', 'assigned_from', 'hours_rule_code',
            'hours_legal_basis'
        ],
        ['precedence', 'assigned_from desc', 'is_replacement desc']
    ) }}
)

select
    chosen.employee_id,
    chosen.valid_from,
    chosen.valid_to,
    chosen.opd_code,
    chosen.group_code,
    chosen.schedule_code,
    chosen.assignment_scope,
    chosen.assigned_from,
    chosen.hours_rule_code,
    chosen.hours_legal_basis
from chosen

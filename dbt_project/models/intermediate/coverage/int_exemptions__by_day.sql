{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id']}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Who is exempt of what on which day: by a letter to the person or his group, or by the regulation for a group.
-- activity presensi: of everything.
with

exemptions as (select * from {{ ref('stg_reference__exemptions') }}),

groups as ({{ governing('exempt_groups') }}),

postings as (select * from {{ ref('stg_reference__postings') }}),

current_build as (select * from {{ ref('stg_ops__current_build') }}),

spans as (
    select
        postings.employee_id,
        exemptions.activity,
        'surat ' || exemptions.letter_no as basis,
        greatest(postings.valid_from, exemptions.valid_from) as exempt_from,
        least(coalesce(postings.valid_to, 'infinity'), coalesce(exemptions.valid_to, 'infinity')) as exempt_to
    from exemptions
    inner join postings
        on
            exemptions.scope_code
            = case exemptions.scope when 'employee' then postings.employee_id else postings.group_code end
    union all
    select
        postings.employee_id,
        coalesce(groups.activity, 'presensi') as activity,
        groups.legal_basis as basis,
        greatest(postings.valid_from, groups.governs_from) as exempt_from,
        least(coalesce(postings.valid_to, 'infinity'), groups.governs_to) as exempt_to
    from groups
    inner join postings on groups.opd_code = postings.opd_code and groups.group_code = postings.group_code
),

days as (
    select
        spans.employee_id,
        dates.work_date::date as work_date,
        spans.activity,
        spans.basis
    from spans
    cross join current_build
    cross join
        lateral generate_series(
            {%- if is_incremental() %}
                greatest(spans.exempt_from, date '{{ bounds.first }}'),
                least(spans.exempt_to - 1, date '{{ bounds.last }}'),
            {%- else %}
                spans.exempt_from,
                least(spans.exempt_to - 1, current_build.as_of::date + 1),
            {%- endif %}
            interval '1 day'
        ) as dates (work_date)
    where {{ only_touched(bounds, 'work_date::date', 'dates', 'spans') }}
)

select
    days.employee_id,
    days.work_date,
    days.activity,
    min(days.basis) as basis
from days
group by days.employee_id, days.work_date, days.activity

{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key='work_date',
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'opd_code'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Days on which so few of an office's rostered people punched that by its regulation no absence is booked. Only offices
-- whose regulation has such a guard are looked at.
with

measures as (
    select * from {{ ref('int_measures__by_office') }}
    where quorum_share_pct is not null
),

rostered as (
    select
        resolved.opd_code,
        resolved.work_date,
        measures.quorum_share_pct,
        count(distinct resolved.employee_id) as rostered_count,
        count(distinct punched.employee_id) as present_count
    from {{ ref('int_shifts__resolved') }} as resolved
    inner join measures
        on
            resolved.opd_code = measures.opd_code
            and resolved.work_date >= measures.governs_from
            and resolved.work_date < measures.governs_to
    left join {{ ref('int_shifts__punched') }} as punched
        on
            resolved.employee_id = punched.employee_id
            and resolved.work_date = punched.work_date
            and resolved.shift_no = punched.shift_no
    where {{ only_touched_dates(bounds, 'work_date', 'resolved') }}
    group by resolved.opd_code, resolved.work_date, measures.quorum_share_pct
)

select
    rostered.opd_code,
    rostered.work_date,
    rostered.rostered_count,
    rostered.present_count
from rostered
where rostered.present_count * 100 <= rostered.rostered_count * rostered.quorum_share_pct

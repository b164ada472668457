{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Approved excuses per person and day; kinds that count as absent are none. A full day beats a side.
with

excuses as (
    select excuses.* from {{ ref('stg_reference__excuses') }} as excuses
    where excuses.decision = 'approved'
),

kinds as (
    select kinds.* from {{ ref('stg_law__excuse_kinds') }} as kinds
    where kinds.treat_as = 'excused'
),

days as (
    select
        excuses.employee_id,
        dates.work_date::date as work_date,
        excuses.excuse_id,
        excuses.kind,
        excuses.side,
        kinds.status,
        kinds.label
    from excuses
    inner join kinds on excuses.kind = kinds.excuse_kind
    cross join lateral generate_series(excuses.date_from, excuses.date_to, interval '1 day') as dates (work_date)
    where {{ only_touched(bounds, 'work_date::date', 'dates', 'excuses') }}
),

final as (
    select
        days.employee_id,
        days.work_date,
        bool_or(days.side = 'full') as is_full,
        bool_or(days.side = 'masuk') as is_masuk,
        bool_or(days.side = 'pulang') as is_pulang,
        (array_agg(days.excuse_id order by case days.side when 'full' then 1 else 2 end, days.excuse_id))[1]
            as excuse_id,
        (array_agg(days.kind order by case days.side when 'full' then 1 else 2 end, days.excuse_id))[1]
            as excuse_kind,
        (array_agg(days.status order by case days.side when 'full' then 1 else 2 end, days.excuse_id))[1] as status,
        (array_agg(days.label order by case days.side when 'full' then 1 else 2 end, days.excuse_id))[1] as label
    from days
    group by days.employee_id, days.work_date
)

select * from final

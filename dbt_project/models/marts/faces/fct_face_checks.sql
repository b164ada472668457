{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key='local_date',
        on_schema_change='fail',
        indexes=[{'columns': ['local_date', 'terminal_serial', 'outcome'], 'unique': true}]
    )
}}
{%- set bounds = touched_bounds() %}

-- How many photos of a terminal came out how on a day. The day is that of the photo, as in fct_coverage: a photo of a
-- failed verification has no person and so no shift.
with

outcomes as (
    select outcomes.* from {{ ref('stg_biometrics__outcomes') }} as outcomes
    where {{ only_touched_dates(bounds, 'taken_at_local::date', 'outcomes') }}
),

stays as (select * from {{ ref('dim_terminal') }}),

counted as (
    select
        outcomes.taken_at_local::date as local_date,
        outcomes.terminal_serial,
        outcomes.outcome,
        count(*) as photo_count
    from outcomes
    group by outcomes.taken_at_local::date, outcomes.terminal_serial, outcomes.outcome
)

select
    counted.local_date,
    counted.terminal_serial,
    stays.opd_code,
    counted.outcome,
    counted.photo_count
from counted
left join stays
    on
        counted.terminal_serial = stays.terminal_serial
        and counted.local_date >= stays.installed_on
        and counted.local_date < coalesce(stays.removed_on, 'infinity')

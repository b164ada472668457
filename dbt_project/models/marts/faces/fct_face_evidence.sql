{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key='local_date',
        on_schema_change='fail',
        indexes=[{'columns': ['local_date', 'terminal_serial'], 'unique': true}]
    )
}}
{%- set bounds = touched_bounds() %}

-- What stands beside the punches of a terminal on a day: a face that the terminal verified itself, a photo that was
-- found to match, or no face at all.
with

coverage as (
    select coverage.* from {{ ref('fct_coverage') }} as coverage
    where coverage.punch_count > 0 and {{ only_touched_dates(bounds, 'local_date', 'coverage') }}
),

parameters as (
    select
        face_parameters.valid_from,
        coalesce(face_parameters.valid_to, 'infinity') as valid_to,
        face_parameters.face_verify_code,
        face_parameters.evidence_seconds * interval '1 second' as reach
    from {{ ref('face_parameters') }} as face_parameters
),

matched as (
    select
        outcomes.terminal_serial,
        outcomes.pin,
        outcomes.taken_at_local,
        parameters.face_verify_code,
        parameters.reach
    from {{ ref('stg_biometrics__outcomes') }} as outcomes
    inner join parameters
        on outcomes.taken_at_local >= parameters.valid_from and outcomes.taken_at_local < parameters.valid_to
    where
        outcomes.outcome = 'COCOK'
        {%- if is_incremental() %}
            and outcomes.taken_at_local::date
            between date '{{ bounds.first }}' - 1 and date '{{ bounds.last }}' + 1
        {%- endif %}
),

-- A day to join on by equality; a photo at midnight reaches into two.
matched_days as (
    select
        matched.*,
        (matched.taken_at_local - matched.reach)::date as near_date
    from matched
    union
    select
        matched.*,
        (matched.taken_at_local + matched.reach)::date as near_date
    from matched
),

by_photo as (
    select
        punches.terminal_serial,
        matched_days.near_date as local_date,
        count(distinct punches.pin || ' ' || punches.punched_at_local) as punch_count
    from {{ ref('stg_raw__punches') }} as punches
    inner join matched_days
        on
            punches.terminal_serial = matched_days.terminal_serial
            and punches.pin = matched_days.pin
            and punches.punched_at_local::date = matched_days.near_date
            and punches.punched_at_local >= matched_days.taken_at_local - matched_days.reach
            and punches.punched_at_local <= matched_days.taken_at_local + matched_days.reach
            and punches.verify <> matched_days.face_verify_code
    {%- if is_incremental() %}
        where
            punches.punched_at_local >= timestamp '{{ bounds.first }}'
            and punches.punched_at_local < timestamp '{{ bounds.last }}' + interval '1 day'
    {%- endif %}
    group by punches.terminal_serial, matched_days.near_date
)

select
    coverage.local_date,
    coverage.terminal_serial,
    coverage.opd_code,
    coverage.punch_count,
    coverage.face_punch_count as by_terminal_count,
    coalesce(by_photo.punch_count, 0)::integer as by_photo_count,
    (coverage.punch_count - coverage.face_punch_count - coalesce(by_photo.punch_count, 0))::integer as without_count
from coverage
left join by_photo
    on coverage.terminal_serial = by_photo.terminal_serial and coverage.local_date = by_photo.local_date

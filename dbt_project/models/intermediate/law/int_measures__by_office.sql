{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- How the days of an office are measured, from when to when: by the row of the regulation that governs it, else by the
-- house's own. What differs from the plain measure (whole minutes by the clock, first in, last out) is measured apart.
with

governing as (
    select * from {{ ref('int_regulations__governing') }}
    where purpose = 'potongan'
),

measures as (select * from {{ ref('stg_law__day_measures') }}),

own as (
    select
        governing.opd_code,
        governing.regulation_code as governing_code,
        greatest(governing.valid_from, measures.valid_from) as governs_from,
        least(governing.valid_to, coalesce(measures.valid_to, 'infinity'::date)) as governs_to,
        measures.*
    from governing
    inner join measures
        on
            governing.regulation_code = measures.regulation_code
            and governing.valid_from < coalesce(measures.valid_to, 'infinity'::date)
            and governing.valid_to > measures.valid_from
),

ruled as (
    select * from own
    union all
    select
        governing.opd_code,
        governing.regulation_code as governing_code,
        greatest(governing.valid_from, measures.valid_from) as governs_from,
        least(governing.valid_to, coalesce(measures.valid_to, 'infinity'::date)) as governs_to,
        measures.*
    from governing
    inner join measures
        on
            measures.regulation_code = '{{ var("house_rules") }}'
            and governing.valid_from < coalesce(measures.valid_to, 'infinity'::date)
            and governing.valid_to > measures.valid_from
    left join own on governing.opd_code = own.opd_code and governing.regulation_code = own.governing_code
    where own.opd_code is null
),

final as (
    select
        ruled.opd_code,
        ruled.governing_code as regulation_code,
        ruled.governs_from,
        ruled.governs_to,
        ruled.rule_code,
        ruled.rounding,
        coalesce(ruled.block_minutes, 1) as block_minutes,
        coalesce(ruled.grace_seconds, 0) as grace_seconds,
        ruled.grace_minutes,
        ruled.grace_measured_from,
        ruled.makeup_minutes,
        coalesce(ruled.free_late_count, 0) as free_late_count,
        coalesce(ruled.flexi_early_minutes, 0) as flexi_early_minutes,
        coalesce(ruled.flexi_late_minutes, 0) as flexi_late_minutes,
        ruled.early_by,
        ruled.net_minutes,
        coalesce(ruled.break_minutes, 0) as break_minutes,
        coalesce(ruled.friday_break_minutes, ruled.break_minutes, 0) as friday_break_minutes,
        ruled.in_earliest,
        ruled.in_latest,
        ruled.out_earliest,
        ruled.out_latest,
        ruled.in_pairing,
        ruled.out_pairing,
        ruled.quorum_share_pct,
        ruled.request_expiry_days,
        ruled.legal_basis,
        -- the punches of a whole minute are late from its first second on, with floor and any grace under a minute
        (
            ruled.rounding = 'floor'
            and coalesce(ruled.grace_seconds, 0) < 60
            and ruled.grace_minutes is null
            and ruled.flexi_early_minutes is null
            and ruled.flexi_late_minutes is null
            and ruled.early_by = 'clock'
            and ruled.out_pairing = 'last'
            and num_nonnulls(ruled.in_earliest, ruled.in_latest, ruled.out_earliest, ruled.out_latest) = 0
        ) is not true as is_measured_apart
    from ruled
)

select * from final

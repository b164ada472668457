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

-- What takes a day, or a side of it, out of the judgement: approved excuses that excuse by the regulation of the
-- person's office (else by the kind itself), and exemption of all recording. A full day beats a side. A request that
-- waits for its decision, in an office where requests expire, holds an absence back until it does.
with

excuses as (
    select excuses.* from {{ ref('stg_reference__excuses') }} as excuses
    where excuses.decision in ('approved', 'pending')
),

kinds as (select * from {{ ref('stg_law__excuse_kinds') }}),

rules as (
    select excuse_rules.* from ({{ governing('excuse_rules') }}) as excuse_rules
    where excuse_rules.part_no = 1
),

measures as (
    select * from {{ ref('int_measures__by_office') }}
    where request_expiry_days is not null
),

postings as (select * from {{ ref('stg_reference__postings') }}),

exemptions as (
    select exemptions.* from {{ ref('int_exemptions__by_day') }} as exemptions
    where exemptions.activity = 'presensi' and {{ only_touched(bounds, 'work_date', 'exemptions') }}
),

current_build as (select * from {{ ref('stg_ops__current_build') }}),

dated as (
    select
        excuses.*,
        dates.work_date::date as work_date
    from excuses
    cross join lateral generate_series(excuses.date_from, excuses.date_to, interval '1 day') as dates (work_date)
    where {{ only_touched(bounds, 'work_date::date', 'dates', 'excuses') }}
),

-- Rows of one kind for several tiers say the same here; they fall together below.
days as (
    select
        dated.employee_id,
        dated.work_date,
        dated.excuse_id,
        dated.kind,
        dated.side,
        kinds.status,
        kinds.label,
        dated.date_from as excused_from,
        dated.decision = 'pending' as is_pending
    from dated
    inner join kinds on dated.kind = kinds.excuse_kind
    left join postings
        on
            dated.employee_id = postings.employee_id
            and dated.work_date >= postings.valid_from
            and dated.work_date < coalesce(postings.valid_to, 'infinity')
    left join rules
        on
            postings.opd_code = rules.opd_code
            and dated.kind = rules.excuse_kind
            and dated.work_date >= rules.governs_from
            and dated.work_date < rules.governs_to
    left join measures
        on
            dated.decision = 'pending'
            and postings.opd_code = measures.opd_code
            and dated.work_date >= measures.governs_from
            and dated.work_date < measures.governs_to
    cross join current_build
    where
        coalesce(rules.treat_as, kinds.treat_as) = 'excused'
        and (
            dated.decision = 'approved'
            or current_build.as_of::date - coalesce(dated.requested_on, dated.date_from)
            <= measures.request_expiry_days
        )
    union all
    select
        exemptions.employee_id,
        exemptions.work_date,
        null as excuse_id,
        null as kind,
        'full' as side,
        'DIBEBASKAN' as status,
        'dibebaskan dari presensi (' || exemptions.basis || ')' as label,
        exemptions.work_date as excused_from,
        false as is_pending
    from exemptions
),

ranked as (
    select
        days.*,
        array[
            days.is_pending::integer, (days.side <> 'full')::integer, (days.excuse_id is null)::integer
        ] as place
    from days
),

final as (
    select
        ranked.employee_id,
        ranked.work_date,
        bool_or(ranked.side = 'full' and not ranked.is_pending) as is_full,
        bool_or(ranked.side = 'masuk' and not ranked.is_pending) as is_masuk,
        bool_or(ranked.side = 'pulang' and not ranked.is_pending) as is_pulang,
        bool_or(ranked.is_pending) as is_pending,
        (array_agg(ranked.excuse_id order by ranked.place, ranked.excuse_id) filter (where not ranked.is_pending))[1]
            as excuse_id,
        (array_agg(ranked.kind order by ranked.place, ranked.excuse_id) filter (where not ranked.is_pending))[1]
            as excuse_kind,
        (array_agg(ranked.status order by ranked.place, ranked.excuse_id) filter (where not ranked.is_pending))[1]
            as status,
        (array_agg(ranked.label order by ranked.place, ranked.excuse_id) filter (where not ranked.is_pending))[1]
            as label,
        (array_agg(ranked.excused_from order by ranked.place, ranked.excuse_id) filter (where not ranked.is_pending))[1]
            as excused_from
    from ranked
    group by ranked.employee_id, ranked.work_date
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- A table of its own, so that the planner knows how many there are. Empty when everything is built.
-- A touched day takes along what depends on it by the regulation of the office: everybody of an office with a quorum on
-- that day; the person's month where something counts within the month (free days, free lateness, the workdays that the
-- allowance is shared by); his neighbouring excuses where their length counts; and requests that have just expired.
with

asked as (
    select
        build_days.employee_id,
        build_days.work_date
    from {{ ref('stg_ops__build_days') }} as build_days
),

postings as (select * from {{ ref('stg_reference__postings') }}),

measures as (select * from {{ ref('int_measures__by_office') }}),

excuse_rules as ({{ governing('excuse_rules') }}),

matters as ({{ governing('day_matters') }}),

bands as ({{ governing('minute_bands') }}),

excuses as (select * from {{ ref('stg_reference__excuses') }}),

current_build as (select * from {{ ref('stg_ops__current_build') }}),

month_offices as (
    select excuse_rules.opd_code
    from excuse_rules
    where excuse_rules.free_days_month > 0 or excuse_rules.priced_by = 'workday_share'
    union
    select matters.opd_code
    from matters
    where matters.priced_by = 'workday_share'
    union
    select bands.opd_code
    from bands
    where bands.priced_by = 'minute_share'
    union
    select measures.opd_code
    from measures
    where measures.free_late_count > 0
),

spell_kinds as (
    select distinct excuse_rules.excuse_kind
    from excuse_rules
    where excuse_rules.spell_from_day is not null or excuse_rules.leave_month_from is not null
),

spell_excuses as (
    select
        excuses.employee_id,
        excuses.date_from,
        excuses.date_to
    from excuses
    inner join spell_kinds on excuses.kind = spell_kinds.excuse_kind
),

-- Within a week of an excuse whose length counts; then all of the person's in the year around it.
near_spells as (
    select distinct
        asked.employee_id,
        asked.work_date
    from asked
    inner join spell_excuses
        on
            asked.employee_id = spell_excuses.employee_id
            and asked.work_date between spell_excuses.date_from - 7 and spell_excuses.date_to + 7
),

placed as (
    select
        asked.employee_id,
        asked.work_date,
        postings.opd_code
    from asked
    inner join postings
        on
            asked.employee_id = postings.employee_id
            and asked.work_date >= postings.valid_from
            and asked.work_date < coalesce(postings.valid_to, 'infinity')
),

-- Of somebody who moved within the month the days in the other office hang on this one as well.
asked_months as (
    select distinct
        asked.employee_id,
        date_trunc('month', asked.work_date::timestamp)::date as month
    from asked
),

expired as (
    select
        excuses.employee_id,
        excuses.date_from,
        excuses.date_to
    from excuses
    cross join current_build
    where
        excuses.decision = 'pending'
        and not current_build.is_full
        and exists (
            select 1 from measures
            where
                current_build.as_of::date - coalesce(excuses.requested_on, excuses.date_from)
                between measures.request_expiry_days and measures.request_expiry_days + 31
        )
),

spans as (
    select
        months.employee_id,
        months.month as day_from,
        (months.month + interval '1 month' - interval '1 day')::date as day_to
    from (
        select distinct
            asked_months.employee_id,
            asked_months.month
        from asked_months
        inner join postings
            on
                asked_months.employee_id = postings.employee_id
                and postings.valid_from < asked_months.month + interval '1 month'
                and coalesce(postings.valid_to, 'infinity') > asked_months.month
        inner join month_offices on postings.opd_code = month_offices.opd_code
    ) as months
    union all
    select
        spell_excuses.employee_id,
        spell_excuses.date_from,
        spell_excuses.date_to
    from spell_excuses
    inner join near_spells
        on
            spell_excuses.employee_id = near_spells.employee_id
            and spell_excuses.date_to >= near_spells.work_date - 366
            and spell_excuses.date_from <= near_spells.work_date + 366
    union all
    select
        expired.employee_id,
        expired.date_from,
        expired.date_to
    from expired
),

final as (
    select
        asked.employee_id,
        asked.work_date
    from asked
    union
    select
        colleagues.employee_id,
        office_days.work_date
    from (
        select distinct
            placed.opd_code,
            placed.work_date
        from placed
        inner join measures
            on
                placed.opd_code = measures.opd_code
                and measures.quorum_share_pct is not null
                and placed.work_date >= measures.governs_from
                and placed.work_date < measures.governs_to
    ) as office_days
    inner join postings as colleagues
        on
            office_days.opd_code = colleagues.opd_code
            and office_days.work_date >= colleagues.valid_from
            and office_days.work_date < coalesce(colleagues.valid_to, 'infinity')
    union
    select
        spans.employee_id,
        dates.work_date::date as work_date
    from spans
    cross join current_build
    cross join
        lateral generate_series(
            spans.day_from, least(spans.day_to, current_build.as_of::date + 1), interval '1 day'
        ) as dates (work_date)
)

select * from final

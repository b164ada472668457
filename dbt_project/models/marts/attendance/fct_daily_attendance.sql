{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[
            {'columns': ['work_date', 'employee_id'], 'unique': true},
            {'columns': ['employee_id', 'work_date']},
        ],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- One row per person and day: its shifts together, the events that were missed, and a punishment that a leader recorded.
-- A day off has a row only where an event on it was missed.
with

shifts as (
    select attendance.* from {{ ref('fct_shift_attendance') }} as attendance
    where {{ only_touched(bounds, 'work_date', 'attendance') }}
),

-- Nearly all days have one shift, the first, and are taken as they are.
several as (
    select distinct
        shifts.employee_id,
        shifts.work_date
    from shifts
    where shifts.shift_no > 1
),

single_days as (
    select
        shifts.employee_id,
        shifts.work_date,
        shifts.opd_code,
        1 as shift_count,
        shifts.statuses,
        shifts.status,
        shifts.late_minutes,
        shifts.early_minutes,
        shifts.in_at_local,
        shifts.out_at_local,
        shifts.reason
    from shifts
    left join several on shifts.employee_id = several.employee_id and shifts.work_date = several.work_date
    where several.employee_id is null
),

-- The worst that is proven heads the day; what cannot be judged yet goes before it.
severity as (
    select
        words.status,
        words.place
    from (
        values
        ('BELUM_LENGKAP', 1), ('ALPA', 2), ('TERLAMBAT', 3), ('PULANG_AWAL', 4), ('TANPA_MASUK', 5),
        ('TANPA_PULANG', 6), ('KELUAR_SEMENTARA', 7), ('HADIR', 8), ('TIDAK_DIHITUNG', 9)
    ) as words (status, place)
),

several_days as (
    select
        shifts.employee_id,
        shifts.work_date,
        min(shifts.opd_code) as opd_code,
        count(*)::integer as shift_count,
        (array_agg(shifts.status order by severity.place, shifts.shift_no))[1] as status,
        sum(shifts.late_minutes)::integer as late_minutes,
        sum(shifts.early_minutes)::integer as early_minutes,
        min(shifts.in_at_local) as in_at_local,
        max(shifts.out_at_local) as out_at_local,
        string_agg('Giliran ' || shifts.shift_no || ': ' || shifts.reason, ' ' order by shifts.shift_no) as reason
    from shifts
    inner join several on shifts.employee_id = several.employee_id and shifts.work_date = several.work_date
    left join severity on shifts.status = severity.status
    group by shifts.employee_id, shifts.work_date
),

several_statuses as (
    select
        words.employee_id,
        words.work_date,
        array_agg(words.word order by coalesce(severity.place, 10), words.word) as statuses
    from (
        select distinct
            shifts.employee_id,
            shifts.work_date,
            unnest(shifts.statuses) as word
        from shifts
        inner join several on shifts.employee_id = several.employee_id and shifts.work_date = several.work_date
    ) as words
    left join severity on words.word = severity.status
    group by words.employee_id, words.work_date
),

days as (
    select * from single_days
    union all
    select
        several_days.employee_id,
        several_days.work_date,
        several_days.opd_code,
        several_days.shift_count,
        several_statuses.statuses,
        several_days.status,
        several_days.late_minutes,
        several_days.early_minutes,
        several_days.in_at_local,
        several_days.out_at_local,
        several_days.reason
    from several_days
    inner join several_statuses
        on
            several_days.employee_id = several_statuses.employee_id
            and several_days.work_date = several_statuses.work_date
),

missed_events as (
    select
        events.employee_id,
        events.event_date,
        min(events.opd_code) as opd_code,
        bool_and(events.shift_no is null) as is_day_off,
        array_agg(distinct events.status order by events.status) as statuses,
        string_agg(events.reason, ' ' order by events.event_id) as reason
    from {{ ref('fct_event_attendance') }} as events
    where
        events.status like 'TIDAK\_%'
        and {{ only_touched(bounds, 'event_date', 'events') }}
    group by events.employee_id, events.event_date
),

overrides as (select * from {{ ref('stg_reference__day_overrides') }}),

on_duty as (
    select
        days.employee_id,
        days.work_date,
        days.opd_code,
        days.shift_count,
        days.statuses || coalesce(missed_events.statuses, array[]::text[])
        || case when overrides.kind is null then array[]::text[] else array[overrides.kind] end as statuses,
        days.status,
        days.late_minutes,
        days.early_minutes,
        days.in_at_local as first_in_at_local,
        days.out_at_local as last_out_at_local,
        days.reason || coalesce(' Acara: ' || missed_events.reason || '.', '')
        || coalesce(' Hukuman oleh ' || overrides.decided_by || ' (surat ' || overrides.letter_no || ').', '') as reason
    from days
    left join
        missed_events
        on days.employee_id = missed_events.employee_id and days.work_date = missed_events.event_date
    left join overrides on days.employee_id = overrides.employee_id and days.work_date = overrides.work_date
),

off_duty as (
    select
        missed_events.employee_id,
        missed_events.event_date as work_date,
        missed_events.opd_code,
        0 as shift_count,
        array['LIBUR'] || missed_events.statuses
        || case when overrides.kind is null then array[]::text[] else array[overrides.kind] end as statuses,
        'LIBUR' as status,
        0 as late_minutes,
        0 as early_minutes,
        null::timestamp as first_in_at_local,
        null::timestamp as last_out_at_local,
        'Hari libur, tetapi acara wajib tidak diikuti: ' || missed_events.reason || '.'
        || coalesce(' Hukuman oleh ' || overrides.decided_by || ' (surat ' || overrides.letter_no || ').', '') as reason
    from missed_events
    left join overrides
        on missed_events.employee_id = overrides.employee_id and missed_events.event_date = overrides.work_date
    where missed_events.is_day_off
),

final as (
    select
        together.*,
        {{ current_build_id() }} as build_id
    from (
        select * from on_duty
        union all
        select * from off_duty
    ) as together
)

select * from final

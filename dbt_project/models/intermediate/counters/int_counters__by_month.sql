{{
    config(
        materialized='incremental',
        incremental_strategy='touched_months',
        unique_key=['employee_id', 'month'],
        on_schema_change='fail',
        post_hook='{{ analyze_when_whole() }}',
        indexes=[{'columns': ['employee_id', 'month', 'regulation_code', 'counter'], 'unique': true}],
    )
}}

-- How often of what in a month: counted from the facts by the names of the seed, united with what the city has taken
-- over with a letter. A regulation counts the days that it governs; a row and a month of leave are not summed up.

{% set bounds = touched_bounds() %}

with

counters as (select * from {{ ref('stg_law__counters') }}),

governing as (
    select * from {{ ref('int_regulations__governing') }}
    where purpose = 'potongan'
),

postings as (select * from {{ ref('stg_reference__postings') }}),

daily_attendance as not materialized (
    select
        daily.employee_id,
        daily.work_date,
        date_trunc('month', daily.work_date::timestamp)::date as month,
        daily.opd_code,
        daily.status,
        daily.statuses,
        daily.late_minutes,
        daily.early_minutes
    from {{ ref('fct_daily_attendance') }} as daily
    where {{ only_touched_months(bounds, 'work_date', 'daily') }}
),

cuts as (
    select
        deductions.employee_id,
        deductions.work_date,
        deductions.opd_code,
        deductions.matter,
        deductions.rule_code
    from {{ ref('fct_deductions') }} as deductions
    where
        deductions.matter in ('terlambat', 'pulang_awal', 'keluar_sementara')
        and {{ only_touched_months(bounds, 'work_date', 'deductions') }}
),

-- The first band of a matter is 1, whatever its code.
bands as (
    select
        rules.rule_code,
        dense_rank() over (
            partition by rules.regulation_code, rules.matter, rules.special_day
            order by rules.from_minute, rules.from_time
        ) as band_no
    from {{ ref('stg_law__minute_bands') }} as rules
),

band_numbers as (
    select
        bands.rule_code,
        min(bands.band_no) as band_no
    from bands
    group by bands.rule_code
),

-- Cuts of a day put together, in percent of the whole allowance.
cut_days as (
    select
        days.employee_id,
        date_trunc('month', days.work_date::timestamp)::date as month,
        days.opd_code,
        days.regulation_code,
        max(days.work_date) as last_date,
        sum(days.pct_total) as pct_sum,
        count(*) as day_count
    from {{ ref('int_days__combined') }} as days
    where {{ only_touched_months(bounds, 'work_date', 'days') }}
    group by
        days.employee_id, date_trunc('month', days.work_date::timestamp), days.opd_code, days.regulation_code
),

missed_events as (
    select
        events.employee_id,
        events.event_date as work_date,
        events.opd_code,
        split_part(events.kind, '_', 1) as matter
    from {{ ref('fct_event_attendance') }} as events
    where
        left(events.status, 6) = 'TIDAK_'
        and {{ only_touched_months(bounds, 'event_date', 'events') }}
),

excused_days as (
    select distinct
        shifts.employee_id,
        shifts.work_date,
        shifts.opd_code,
        shifts.excuse_kind
    from {{ ref('fct_shift_attendance') }} as shifts
    where
        shifts.excuse_kind is not null
        and not 'ALPA' = any(shifts.statuses)
        and {{ only_touched_months(bounds, 'work_date', 'shifts') }}
),

alpa as (
    select
        days.employee_id,
        days.work_date,
        days.opd_code,
        days.run_start_date
    from {{ ref('fct_alpa') }} as days
    where {{ only_touched_months(bounds, 'work_date', 'days') }}
),

stated as (
    select
        stated.employee_id,
        stated.month,
        (stated.month + interval '1 month' - interval '1 day')::date as work_date,
        stated.quantity,
        counters.matter,
        counters.code,
        counters.excuse_kind,
        counters.unit
    from {{ ref('stg_reference__stated_counters') }} as stated
    inner join counters on stated.counter = counters.counter
    where {{ only_touched_months(bounds, 'month', 'stated') }}
),

-- Whoever left before the month's end is counted in the last office of the month; what lies before anybody was posted,
-- an opening balance, in the first.
placed_stated as (
    select distinct on (stated.employee_id, stated.month, stated.matter, stated.code, stated.excuse_kind, stated.unit)
        stated.*,
        postings.opd_code
    from stated
    left join postings on stated.employee_id = postings.employee_id
    order by
        stated.employee_id asc, stated.month asc, stated.matter asc, stated.code asc, stated.excuse_kind asc,
        stated.unit asc,
        (
            stated.work_date >= postings.valid_from and stated.month < coalesce(postings.valid_to, 'infinity'::date)
        ) desc nulls last,
        case when stated.work_date >= postings.valid_from then postings.valid_from end desc nulls last,
        postings.valid_from asc, stated.quantity desc
),

day_sums as (
    select
        daily_attendance.employee_id,
        daily_attendance.month,
        daily_attendance.opd_code,
        governing.regulation_code,
        max(daily_attendance.work_date) as last_date,
        count(*) filter (where daily_attendance.status <> 'LIBUR') as workdays,
        count(*) filter (where 'BELUM_LENGKAP' = any(daily_attendance.statuses)) as incomplete_days,
        count(*) filter (where 'ALPA' = any(daily_attendance.statuses)) as alpa_days,
        count(*) filter (where 'TERLAMBAT' = any(daily_attendance.statuses)) as late_days,
        sum(daily_attendance.late_minutes) as late_minutes,
        count(*) filter (where 'PULANG_AWAL' = any(daily_attendance.statuses)) as early_days,
        sum(daily_attendance.early_minutes) as early_minutes,
        count(*) filter (where 'TANPA_MASUK' = any(daily_attendance.statuses)) as days_without_in,
        count(*) filter (where 'TANPA_PULANG' = any(daily_attendance.statuses)) as days_without_out,
        count(*) filter (where 'KELUAR_SEMENTARA' = any(daily_attendance.statuses)) as midday_days
    from daily_attendance
    left join governing
        on
            daily_attendance.opd_code = governing.opd_code
            and daily_attendance.work_date >= governing.valid_from
            and daily_attendance.work_date < governing.valid_to
    group by
        daily_attendance.employee_id, daily_attendance.month, daily_attendance.opd_code, governing.regulation_code
),

single_days as (
    select
        cuts.employee_id,
        cuts.work_date,
        cuts.opd_code,
        cuts.matter,
        band_numbers.band_no::text as code,
        null as excuse_kind,
        'days' as unit,
        null::date as run_start_date
    from cuts
    inner join band_numbers on cuts.rule_code = band_numbers.rule_code
    union all
    select
        missed_events.employee_id,
        missed_events.work_date,
        missed_events.opd_code,
        missed_events.matter,
        null as code,
        null as excuse_kind,
        'count' as unit,
        null as run_start_date
    from missed_events
    union all
    select
        excused_days.employee_id,
        excused_days.work_date,
        excused_days.opd_code,
        null as matter,
        null as code,
        excused_days.excuse_kind,
        'days' as unit,
        null as run_start_date
    from excused_days
    union all
    select
        alpa.employee_id,
        alpa.work_date,
        alpa.opd_code,
        'alpa' as matter,
        'berturut' as code,
        null as excuse_kind,
        'days' as unit,
        alpa.run_start_date
    from alpa
),

single_sums as (
    select
        single_days.employee_id,
        date_trunc('month', single_days.work_date::timestamp)::date as month,
        single_days.opd_code,
        governing.regulation_code,
        max(single_days.work_date) as last_date,
        single_days.matter,
        single_days.code,
        single_days.excuse_kind,
        single_days.unit,
        count(*) as quantity
    from single_days
    left join governing
        on
            single_days.opd_code = governing.opd_code
            and single_days.work_date >= governing.valid_from
            and single_days.work_date < governing.valid_to
    group by
        single_days.employee_id, date_trunc('month', single_days.work_date::timestamp), single_days.opd_code,
        governing.regulation_code, single_days.matter, single_days.code, single_days.excuse_kind, single_days.unit,
        single_days.run_start_date
),

counted as (
    select
        day_sums.employee_id,
        day_sums.month,
        day_sums.opd_code,
        day_sums.regulation_code,
        day_sums.last_date,
        sums.matter,
        null as code,
        null as excuse_kind,
        sums.unit,
        sums.quantity::numeric as quantity,
        0::numeric as stated_quantity
    from day_sums
    cross join
        lateral (
            values
            ('kerja', 'days', day_sums.workdays),
            ('belum_lengkap', 'days', day_sums.incomplete_days),
            ('alpa', 'days', day_sums.alpa_days),
            ('terlambat', 'count', day_sums.late_days),
            ('terlambat', 'minutes', day_sums.late_minutes),
            ('pulang_awal', 'count', day_sums.early_days),
            ('pulang_awal', 'minutes', day_sums.early_minutes),
            ('terlambat_pulang_awal', 'minutes', day_sums.late_minutes + day_sums.early_minutes),
            ('tanpa_masuk', 'days', day_sums.days_without_in),
            ('tanpa_pulang', 'days', day_sums.days_without_out),
            ('keluar_sementara', 'count', day_sums.midday_days)
        ) as sums (matter, unit, quantity)
    where sums.quantity > 0
    union all
    select
        cut_days.employee_id,
        cut_days.month,
        cut_days.opd_code,
        cut_days.regulation_code,
        cut_days.last_date,
        'potongan' as matter,
        null as code,
        null as excuse_kind,
        sums.unit,
        sums.quantity,
        0 as stated_quantity
    from cut_days
    cross join lateral (values ('pct', cut_days.pct_sum), ('count', cut_days.day_count)) as sums (unit, quantity)
    where sums.quantity > 0
    union all
    select
        single_sums.employee_id,
        single_sums.month,
        single_sums.opd_code,
        single_sums.regulation_code,
        single_sums.last_date,
        single_sums.matter,
        single_sums.code,
        single_sums.excuse_kind,
        single_sums.unit,
        single_sums.quantity,
        0 as stated_quantity
    from single_sums
    union all
    select
        placed_stated.employee_id,
        placed_stated.month,
        placed_stated.opd_code,
        governing.regulation_code,
        placed_stated.work_date as last_date,
        placed_stated.matter,
        placed_stated.code,
        placed_stated.excuse_kind,
        placed_stated.unit,
        placed_stated.quantity,
        placed_stated.quantity as stated_quantity
    from placed_stated
    left join governing
        on
            placed_stated.opd_code = governing.opd_code
            and placed_stated.work_date >= governing.valid_from
            and placed_stated.work_date < governing.valid_to
),

final as (
    select
        counted.employee_id,
        counted.month,
        (array_agg(counted.opd_code order by counted.last_date desc))[1] as opd_code,
        counted.regulation_code,
        counters.counter,
        case
            when counters.code = 'berturut' or counters.unit = 'months' then max(counted.quantity)
            else sum(counted.quantity)
        end::numeric(12, 2) as quantity,
        sum(counted.stated_quantity)::numeric(12, 2) as stated_quantity
    from counted
    inner join counters
        on
            coalesce(counted.matter, '') = coalesce(counters.matter, '')
            and coalesce(counted.code, '') = coalesce(counters.code, '')
            and coalesce(counted.excuse_kind, '') = coalesce(counters.excuse_kind, '')
            and counted.unit = counters.unit
    group by
        counted.employee_id, counted.month, counted.regulation_code, counters.counter, counters.code, counters.unit
)

select * from final

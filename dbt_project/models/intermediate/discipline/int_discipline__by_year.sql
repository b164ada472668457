{{
    config(
        materialized='incremental',
        incremental_strategy='touched_years',
        unique_key=['employee_id', 'year'],
        on_schema_change='fail',
        post_hook='{{ analyze_when_whole() }}',
        indexes=[{'columns': ['employee_id', 'year'], 'unique': true}],
    )
}}
{%- set bounds = touched_bounds() %}

-- Where a person stands on the ladder of the discipline rule in a calendar year: days of alpa, with the minutes that
-- the rule turns into days, and the row of working days that goes on over holidays and the end of a year. Each day is
-- measured by the rule that governs it; of the steps that were reached the heaviest counts.
with

counters as (select * from {{ ref('stg_law__counters') }}),

employees as (select * from {{ ref('stg_reference__employees') }}),

rules as ({{ governing('discipline_rules', 'disiplin') }}),

-- How far up a step is among those of its level.
ladder as (
    select
        steps.*,
        row_number() over (
            partition by steps.opd_code, steps.regulation_code, steps.kind, steps.level, steps.governs_from
            order by steps.at_least
        ) as step_no
    from ({{ governing('discipline_ladder', 'disiplin') }}) as steps
),

alpa as (
    select
        days.employee_id,
        days.work_date,
        days.opd_code,
        days.run_day_no
    from {{ ref('fct_alpa') }} as days
    where {{ only_days_of_touched_years(bounds, 'days') }}
),

late_days as (
    select
        days.employee_id,
        days.work_date,
        days.opd_code,
        days.late_minutes,
        days.early_minutes
    from {{ ref('fct_daily_attendance') }} as days
    where
        (days.late_minutes > 0 or days.early_minutes > 0)
        and {{ only_days_of_touched_years(bounds, 'days') }}
),

-- Two names of the same count are one count.
stated as (
    select
        months.employee_id,
        months.month,
        months.regulation_code,
        max(months.opd_code) as opd_code,
        counters.matter,
        counters.code,
        counters.unit,
        max(months.stated_quantity) as quantity
    from {{ ref('int_counters__by_month') }} as months
    inner join counters on months.counter = counters.counter
    where
        months.stated_quantity > 0
        and counters.matter in ('alpa', 'terlambat', 'pulang_awal', 'terlambat_pulang_awal')
        and {{ only_days_of_touched_years(bounds, 'months', 'month') }}
    group by
        months.employee_id, months.month, months.regulation_code, counters.matter, counters.code, counters.unit
),

-- Here, too, two names are one count; the year is the sum of its months.
incomplete_months as (
    select
        months.employee_id,
        months.month,
        months.regulation_code,
        max(months.quantity) as incomplete_days
    from {{ ref('int_counters__by_month') }} as months
    inner join counters on months.counter = counters.counter
    where
        counters.matter = 'belum_lengkap'
        and {{ only_days_of_touched_years(bounds, 'months', 'month') }}
    group by months.employee_id, months.month, months.regulation_code
),

incomplete as (
    select
        incomplete_months.employee_id,
        date_part('year', incomplete_months.month)::integer as year,
        sum(incomplete_months.incomplete_days) as incomplete_days
    from incomplete_months
    group by incomplete_months.employee_id, date_part('year', incomplete_months.month)
),

-- A stated count stands at the end of its month.
single_items as (
    select
        alpa.employee_id,
        alpa.work_date,
        alpa.opd_code,
        1::numeric as absent_days,
        0::numeric as late_minutes,
        0::numeric as early_minutes,
        0::numeric as late_early_minutes,
        alpa.run_day_no::numeric as run_day_no,
        false as is_stated
    from alpa
    union all
    select
        late_days.employee_id,
        late_days.work_date,
        late_days.opd_code,
        0 as absent_days,
        coalesce(late_days.late_minutes, 0) as late_minutes,
        coalesce(late_days.early_minutes, 0) as early_minutes,
        0 as late_early_minutes,
        0 as run_day_no,
        false as is_stated
    from late_days
    union all
    select
        stated.employee_id,
        (stated.month + interval '1 month' - interval '1 day')::date as work_date,
        stated.opd_code,
        case when stated.matter = 'alpa' and stated.code is null then stated.quantity else 0 end as absent_days,
        case when stated.matter = 'terlambat' and stated.unit = 'minutes' then stated.quantity else 0 end
            as late_minutes,
        case when stated.matter = 'pulang_awal' and stated.unit = 'minutes' then stated.quantity else 0 end
            as early_minutes,
        case when stated.matter = 'terlambat_pulang_awal' then stated.quantity else 0 end as late_early_minutes,
        case when stated.code = 'berturut' then stated.quantity else 0 end as run_day_no,
        true as is_stated
    from stated
    where stated.unit = 'minutes' or (stated.matter = 'alpa' and stated.unit = 'days')
),

items as (
    select
        single_items.employee_id,
        single_items.work_date,
        date_part('year', single_items.work_date)::integer as year,
        min(single_items.opd_code) as opd_code,
        sum(single_items.absent_days) as absent_days,
        sum(single_items.late_minutes) as late_minutes,
        sum(single_items.early_minutes) as early_minutes,
        sum(single_items.late_early_minutes) as late_early_minutes,
        max(single_items.run_day_no) as run_day_no,
        bool_or(single_items.is_stated and single_items.run_day_no > 0) as is_stated_run
    from single_items
    group by single_items.employee_id, single_items.work_date
),

ruled as (
    select
        items.*,
        employees.kind as employee_kind,
        rules.regulation_code,
        rules.rule_code as counting_rule_code,
        rules.convert_minutes,
        rules.carry_remainder,
        coalesce(employees.kind = any(string_to_array(rules.applies_to, ' ')), false) as is_covered,
        case when rules.counts_late then items.late_minutes else 0 end
        + case when rules.counts_early then items.early_minutes else 0 end
        + case when rules.counts_late or rules.counts_early then items.late_early_minutes else 0 end
            as counted_minutes
    from items
    inner join employees on items.employee_id = employees.employee_id
    left join rules
        on
            items.opd_code = rules.opd_code
            and items.work_date >= rules.governs_from
            and items.work_date < rules.governs_to
),

-- Without carrying, what a month leaves over is gone with it.
cumulated as (
    select
        ruled.*,
        sum(ruled.absent_days) over in_year as sum_days,
        sum(ruled.counted_minutes) over in_year as sum_minutes,
        sum(ruled.counted_minutes) over in_month as month_minutes,
        max(ruled.run_day_no) over in_year as max_run,
        row_number() over (partition by ruled.employee_id, ruled.year order by ruled.work_date desc) as from_last
    from ruled
    window
        in_year as (partition by ruled.employee_id, ruled.year order by ruled.work_date),
        in_month as (
            partition by ruled.employee_id, date_trunc('month', ruled.work_date::timestamp)
            order by ruled.work_date
        )
),

converted as (
    select
        cumulated.*,
        case
            when cumulated.convert_minutes is null then 0
            when cumulated.carry_remainder then floor(cumulated.sum_minutes / cumulated.convert_minutes)
            else
                sum(
                    floor(cumulated.month_minutes / cumulated.convert_minutes)
                    - floor((cumulated.month_minutes - cumulated.counted_minutes) / cumulated.convert_minutes)
                ) over (partition by cumulated.employee_id, cumulated.year order by cumulated.work_date)
        end as converted_days,
        case
            when cumulated.convert_minutes is null then null
            when cumulated.carry_remainder then mod(cumulated.sum_minutes, cumulated.convert_minutes)
            else mod(cumulated.month_minutes, cumulated.convert_minutes)
        end as remainder_min
    from cumulated
),

-- A row counts in the year in which it comes to the step.
reached as (
    select
        converted.employee_id,
        converted.year,
        converted.work_date,
        ladder.rule_code,
        ladder.regulation_code,
        ladder.kind as step_kind,
        ladder.step_no,
        ladder.level,
        ladder.sanction,
        ladder.pct,
        ladder.months,
        ladder.is_salary_stopped,
        ladder.governing_status,
        ladder.legal_basis,
        ladder.evidence,
        array_position(array['ringan', 'sedang', 'berat'], ladder.level) as weight
    from converted
    inner join ladder
        on
            converted.opd_code = ladder.opd_code
            and converted.regulation_code = ladder.regulation_code
            and converted.work_date >= ladder.governs_from
            and converted.work_date < ladder.governs_to
            and case ladder.kind
                when 'days'
                    then
                        converted.sum_days + converted.converted_days >= ladder.at_least
                        and (
                            ladder.at_most is null
                            or converted.sum_days + converted.converted_days < ladder.at_most + 1
                        )
                else
                    converted.run_day_no = ladder.at_least
                    or (converted.is_stated_run and converted.run_day_no > ladder.at_least)
            end
    where converted.is_covered
),

steps as (
    select distinct on (reached.employee_id, reached.year)
        reached.*,
        min(reached.work_date)
            over (partition by reached.employee_id, reached.year, reached.rule_code) as reached_on
    from reached
    order by
        reached.employee_id asc, reached.year asc, reached.weight desc, reached.is_salary_stopped desc,
        reached.step_no desc, reached.work_date asc
),

final as (
    select
        converted.employee_id,
        converted.year,
        converted.opd_code,
        converted.employee_kind,
        coalesce(steps.regulation_code, converted.regulation_code) as regulation_code,
        converted.is_covered,
        converted.sum_days as absent_days,
        converted.sum_minutes as counted_minutes,
        converted.converted_days,
        converted.remainder_min,
        converted.sum_days + converted.converted_days as days,
        converted.max_run as consecutive_days,
        coalesce(incomplete.incomplete_days, 0)::numeric(12, 2) as incomplete_days,
        converted.work_date as last_counted_date,
        converted.counting_rule_code,
        steps.rule_code,
        steps.step_kind,
        steps.level,
        steps.sanction,
        steps.pct,
        steps.months,
        coalesce(steps.is_salary_stopped, false) as is_salary_stopped,
        steps.governing_status as rule_status,
        steps.reached_on,
        steps.legal_basis,
        steps.evidence
    from converted
    left join steps on converted.employee_id = steps.employee_id and converted.year = steps.year
    left join incomplete on converted.employee_id = incomplete.employee_id and converted.year = incomplete.year
    where converted.from_last = 1
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='touched_months',
        unique_key=['employee_id', 'month'],
        on_schema_change='fail',
        post_hook='{{ analyze_when_whole() }}',
        indexes=[{'columns': ['employee_id', 'month'], 'unique': true}, {'columns': ['month']}],
    )
}}

-- What a month costs each person by what is known now, closed or not: percentages are put together per day by the
-- policy of the regulation, then summed with the base of each day; rupiah set by a decision are added as they are; one
-- rounding, half up to whole rupiah, at the very end.

{% set bounds = touched_bounds() %}

with daily_attendance as (
    select * from {{ ref('fct_daily_attendance') }}
    where {{ only_touched_months(bounds, 'work_date') }}
),

deductions as (
    select
        employee_id,
        work_date,
        opd_code,
        regulation_code,
        rule_status,
        state,
        pct,
        base_idr,
        fixed_idr
    from {{ ref('fct_deductions') }}
    where {{ only_touched_months(bounds, 'work_date') }}
),

tpp as (
    select * from {{ ref('stg_reference__tpp') }}
),

postings as (
    select * from {{ ref('stg_reference__postings') }}
),

policies as (
    {{ governing('combining_policies') }}
),

person_months as (
    select
        employee_id,
        date_trunc('month', work_date::timestamp)::date as month,
        max(work_date) as last_work_date,
        count(*) filter (where 'BELUM_LENGKAP' = any(statuses)) as incomplete_day_count,
        count(*) filter (where 'ALPA' = any(statuses)) as alpa_day_count
    from daily_attendance
    group by employee_id, date_trunc('month', work_date::timestamp)
),

-- The office of the month is the one of its last working day.
placed_months as (
    select
        person_months.*,
        postings.opd_code
    from person_months
    left join postings
        on
            person_months.employee_id = postings.employee_id
            and person_months.last_work_date >= postings.valid_from
            and person_months.last_work_date < coalesce(postings.valid_to, 'infinity'::date)
),

cut_days as (
    select
        deductions.employee_id,
        deductions.work_date,
        deductions.opd_code,
        deductions.regulation_code,
        deductions.rule_status,
        max(deductions.base_idr) as base_idr,
        sum(deductions.pct) as sum_pct,
        max(deductions.pct) as max_pct,
        sum(deductions.fixed_idr) as fixed_idr
    from deductions
    where deductions.state = 'DIHITUNG'
    group by
        deductions.employee_id, deductions.work_date, deductions.opd_code, deductions.regulation_code,
        deductions.rule_status
),

combined_days as (
    select
        cut_days.employee_id,
        date_trunc('month', cut_days.work_date::timestamp)::date as month,
        cut_days.regulation_code,
        cut_days.rule_status,
        cut_days.base_idr,
        cut_days.fixed_idr,
        policies.monthly_cap_pct,
        least(
            case policies.combine_mode when 'max' then cut_days.max_pct else cut_days.sum_pct end,
            policies.daily_cap_pct
        ) as day_pct
    from cut_days
    inner join policies
        on
            cut_days.opd_code = policies.opd_code
            and cut_days.regulation_code = policies.regulation_code
            and cut_days.work_date >= policies.governs_from
            and cut_days.work_date < policies.governs_to
),

summed_months as (
    select
        employee_id,
        month,
        rule_status,
        sum(day_pct) as month_pct,
        sum(day_pct * base_idr) / 100 as month_idr,
        coalesce(sum(fixed_idr), 0) as fixed_idr,
        min(monthly_cap_pct) as monthly_cap_pct
    from combined_days
    group by employee_id, month, rule_status, regulation_code
),

-- Where a monthly cap bites, the rupiah of the percentages shrink in the same proportion.
capped_months as (
    select
        employee_id,
        month,
        rule_status,
        least(month_pct, monthly_cap_pct) as month_pct,
        coalesce(month_idr * least(month_pct, monthly_cap_pct) / nullif(month_pct, 0), 0) + fixed_idr as month_idr
    from summed_months
),

cut_months as (
    select
        employee_id,
        month,
        sum(month_pct) filter (where rule_status = 'in_force') as payable_pct,
        sum(month_idr) filter (where rule_status = 'in_force') as payable_idr,
        sum(month_pct) filter (where rule_status = 'announced') as projected_pct,
        sum(month_idr) filter (where rule_status = 'announced') as projected_idr
    from capped_months
    group by employee_id, month
),

undecided_months as (
    select
        employee_id,
        date_trunc('month', work_date::timestamp)::date as month,
        count(*) as undecided_count
    from deductions
    where state = 'UNDECIDED'
    group by employee_id, date_trunc('month', work_date::timestamp)
),

final as (
    select
        placed_months.employee_id,
        placed_months.month,
        placed_months.opd_code,
        tpp.base_idr,
        coalesce(cut_months.payable_pct, 0)::numeric(7, 2) as payable_pct,
        round(coalesce(cut_months.payable_idr, 0))::numeric(14, 2) as payable_idr,
        coalesce(cut_months.projected_pct, 0)::numeric(7, 2) as projected_pct,
        round(coalesce(cut_months.projected_idr, 0))::numeric(14, 2) as projected_idr,
        coalesce(undecided_months.undecided_count, 0) as undecided_count,
        placed_months.incomplete_day_count,
        placed_months.alpa_day_count,
        case
            when placed_months.incomplete_day_count > 0 then 'BELUM_LENGKAP'
            when undecided_months.undecided_count > 0 then 'BELUM_DIPUTUS'
            else 'TERHITUNG'
        end as month_state
    from placed_months
    left join cut_months
        on placed_months.employee_id = cut_months.employee_id and placed_months.month = cut_months.month
    left join undecided_months
        on
            placed_months.employee_id = undecided_months.employee_id
            and placed_months.month = undecided_months.month
    left join tpp
        on
            placed_months.employee_id = tpp.employee_id
            and placed_months.last_work_date >= tpp.valid_from
            and placed_months.last_work_date < coalesce(tpp.valid_to, 'infinity'::date)
)

select * from final

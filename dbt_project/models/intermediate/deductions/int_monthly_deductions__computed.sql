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

-- What a month costs each person by what is known now, closed or not. Each base is capped, what a count of the month
-- sets takes the place of less, and there is one rounding, half up to whole rupiah, at the very end.

{% set bounds = touched_bounds() %}

with

daily_attendance as (
    select * from {{ ref('fct_daily_attendance') }}
    where {{ only_touched_months(bounds, 'work_date') }}
),

counters as (
    select * from {{ ref('int_counters__by_month') }}
    where {{ only_touched_months(bounds, 'month') }}
),

counted_matters as (
    select * from {{ ref('stg_law__counters') }}
),

costs as (
    select * from {{ ref('int_month_costs__summed') }}
    where {{ only_touched_months(bounds, 'month') }}
),

triggers as (
    select * from {{ ref('int_month_triggers__fired') }}
    where {{ only_touched_months(bounds, 'month') }}
),

tpp as (
    select * from {{ ref('stg_reference__tpp') }}
),

postings as (
    select * from {{ ref('stg_reference__postings') }}
),

worked_months as (
    select
        employee_id,
        date_trunc('month', work_date::timestamp)::date as month,
        max(work_date) as last_work_date,
        count(*) filter (where 'BELUM_LENGKAP' = any(statuses)) as incomplete_day_count,
        count(*) filter (where 'ALPA' = any(statuses)) as alpa_day_count
    from daily_attendance
    group by employee_id, date_trunc('month', work_date::timestamp)
),

stated_months as (
    select
        counters.employee_id,
        counters.month,
        max(counters.opd_code) as opd_code,
        max(counters.stated_quantity)
        filter (where counted_matters.matter = 'alpa' and counted_matters.code is null)::bigint as alpa_day_count
    from counters
    inner join counted_matters on counters.counter = counted_matters.counter
    where counters.stated_quantity > 0 and counters.opd_code is not null
    group by counters.employee_id, counters.month
),

-- The office of the month is the one of its last working day.
placed_months as (
    select
        coalesce(worked_months.employee_id, stated_months.employee_id) as employee_id,
        coalesce(worked_months.month, stated_months.month) as month,
        coalesce(
            worked_months.last_work_date, (stated_months.month + interval '1 month' - interval '1 day')::date
        ) as last_work_date,
        coalesce(worked_months.incomplete_day_count, 0) as incomplete_day_count,
        coalesce(worked_months.alpa_day_count, 0) + coalesce(stated_months.alpa_day_count, 0) as alpa_day_count,
        coalesce(postings.opd_code, stated_months.opd_code) as opd_code
    from worked_months
    full outer join stated_months
        on worked_months.employee_id = stated_months.employee_id and worked_months.month = stated_months.month
    left join postings
        on
            worked_months.employee_id = postings.employee_id
            and worked_months.last_work_date >= postings.valid_from
            and worked_months.last_work_date < coalesce(postings.valid_to, 'infinity'::date)
),

with_allowance as (
    select
        costs.*,
        tpp.base_idr as allowance_idr
    from costs
    inner join placed_months
        on costs.employee_id = placed_months.employee_id and costs.month = placed_months.month
    left join tpp
        on
            placed_months.employee_id = tpp.employee_id
            and placed_months.last_work_date >= tpp.valid_from
            and placed_months.last_work_date < coalesce(tpp.valid_to, 'infinity'::date)
),

-- Where a cap bites, the rupiah of the percentages shrink in the same proportion; what a count sets takes their place.
capped as (
    select
        with_allowance.*,
        greatest(
            case when with_allowance.own_pct is not null then least(with_allowance.own_pct, with_allowance.cap_pct) end,
            with_allowance.set_own_pct
        ) as capped_own_pct,
        greatest(
            case
                when with_allowance.whole_pct is not null then least(with_allowance.whole_pct, with_allowance.cap_pct)
            end,
            with_allowance.set_whole_pct
        ) as capped_whole_pct,
        coalesce(
            with_allowance.set_own_pct >= least(with_allowance.own_rupiah_pct, with_allowance.cap_pct)
            or with_allowance.own_rupiah_pct is null,
            false
        )
        and with_allowance.set_own_pct is not null as is_own_set,
        coalesce(
            with_allowance.set_whole_pct >= least(with_allowance.whole_rupiah_pct, with_allowance.cap_pct)
            or with_allowance.whole_rupiah_pct is null,
            false
        )
        and with_allowance.set_whole_pct is not null as is_whole_set
    from with_allowance
),

in_rupiah as (
    select
        capped.*,
        capped.own_share_pct / 100 * case
            when capped.is_own_set and capped.own_share_pct * capped.allowance_idr is null then null
            when capped.is_own_set then capped.set_own_pct
            when capped.own_rupiah_pct is not null then least(capped.own_rupiah_pct, capped.cap_pct)
        end as payable_own_pct,
        case
            when capped.is_whole_set and capped.allowance_idr is null then null
            when capped.is_whole_set then capped.set_whole_pct
            when capped.whole_rupiah_pct is not null then least(capped.whole_rupiah_pct, capped.cap_pct)
        end as payable_whole_pct,
        case
            when capped.is_own_set then capped.set_own_pct * capped.own_share_pct * capped.allowance_idr / 100 / 100
            else capped.own_idr * least(capped.own_rupiah_pct, capped.cap_pct) / nullif(capped.own_rupiah_pct, 0)
        end as payable_own_idr,
        case
            when capped.is_whole_set then capped.set_whole_pct * capped.allowance_idr / 100
            else capped.whole_idr * least(capped.whole_rupiah_pct, capped.cap_pct) / nullif(capped.whole_rupiah_pct, 0)
        end as payable_whole_idr,
        case
            when coalesce(capped.is_own_set and capped.set_own_pct >= 100, false) then 0 else capped.own_undecided_count
        end
            as open_own_count,
        case
            when coalesce(capped.is_own_set and capped.set_own_pct >= 100, false) then false else capped.is_own_pct_open
        end
            as is_pct_open
    from capped
),

-- The parts together cost no more than there is.
costed as (
    select
        in_rupiah.*,
        coalesce(in_rupiah.payable_own_pct, 0) + coalesce(in_rupiah.payable_whole_pct, 0) as payable_sum_pct,
        -- beside the percentages what is a share of the allowance; sums that a rule names in rupiah come on top
        (
            coalesce(in_rupiah.payable_own_idr, 0) + coalesce(in_rupiah.payable_whole_idr, 0)
            + coalesce(in_rupiah.shared_idr, 0)
        ) / greatest(
            (
                coalesce(in_rupiah.payable_own_pct, 0) + coalesce(in_rupiah.payable_whole_pct, 0)
                + coalesce(in_rupiah.shared_pct, 0)
            ) / 100, 1
        ) + coalesce(in_rupiah.amount_idr, 0) - coalesce(in_rupiah.shared_idr, 0) as payable_sum_idr
    from in_rupiah
),

cut_months as (
    select
        employee_id,
        month,
        sum(least(payable_sum_pct, 100)) filter (where rule_status = 'in_force') as payable_pct,
        sum(payable_sum_idr) filter (where rule_status = 'in_force') as payable_idr,
        sum(least(payable_sum_pct, 100)) filter (where rule_status = 'announced') as projected_pct,
        sum(payable_sum_idr) filter (where rule_status = 'announced') as projected_idr,
        sum(own_undecided_count + whole_undecided_count) as undecided_count,
        sum(capped_own_pct) as own_pct,
        sum(capped_whole_pct) as whole_pct,
        max(own_share_pct) as own_share_pct,
        bool_or(is_pct_open) as is_own_open,
        bool_or(whole_undecided_count > 0) as is_whole_open,
        sum(open_own_count + whole_undecided_count) as open_count,
        bool_or(
            (is_own_set and own_share_pct * allowance_idr is null) or (is_whole_set and allowance_idr is null)
        ) as is_set_without_rupiah,
        sum(amount_idr) as amount_idr,
        case
            when sum(own_open_count) > 0 and sum(own_open_count) = sum(candidate_count)
                then array[
                    least(coalesce(sum(own_pct), 0) + sum(low_candidate), 100),
                    least(coalesce(sum(own_pct), 0) + sum(high_candidate), 100)
                ]
        end as candidates,
        min(paid_pct) as paid_pct,
        string_agg(reason, ' ' order by reason) as reason
    from costed
    group by employee_id, month
),

fired as (
    select
        triggers.employee_id,
        triggers.month,
        jsonb_agg(
            jsonb_build_object(
                'counter', triggers.counter,
                'quantity', triggers.quantity,
                'effect', triggers.effect,
                'base_name', triggers.base_name,
                'pct', triggers.pct,
                'sanction', triggers.sanction,
                'rule_code', triggers.rule_code,
                'legal_basis', triggers.legal_basis
            ) order by triggers.rule_code
        ) as triggers
    from triggers
    where triggers.is_fired
    group by triggers.employee_id, triggers.month
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
        coalesce(cut_months.undecided_count, 0)::bigint as undecided_count,
        placed_months.incomplete_day_count,
        placed_months.alpa_day_count,
        case
            when placed_months.incomplete_day_count > 0 then 'BELUM_LENGKAP'
            when cut_months.undecided_count > 0 then 'BELUM_DIPUTUS'
            else 'TERHITUNG'
        end as month_state,
        case
            when cut_months.is_own_open then null
            when cut_months.own_pct is null and cut_months.amount_idr > 0 then null
            else least(coalesce(cut_months.own_pct, 0), 100)
        end::numeric(9, 4) as pct,
        case
            when cut_months.own_share_pct < 100 and not cut_months.is_own_open
                then least(coalesce(cut_months.own_pct, 0), 100)
        end::numeric(9, 4) as attendance_part_pct,
        case
            when cut_months.own_share_pct >= 100 and cut_months.is_own_open then null
            when cut_months.is_whole_open then null
            when cut_months.own_share_pct >= 100
                then least(coalesce(cut_months.own_pct, 0) + coalesce(cut_months.whole_pct, 0), 100)
            when cut_months.own_pct is null and cut_months.amount_idr > 0 then null
            else least(coalesce(cut_months.whole_pct, 0), 100)
        end::numeric(9, 4) as total_part_pct,
        cut_months.paid_pct::numeric(6, 2) as paid_pct,
        case
            when coalesce(cut_months.open_count, 0) = 0 and not coalesce(cut_months.is_set_without_rupiah, false)
                then round(coalesce(cut_months.payable_idr, 0) + coalesce(cut_months.projected_idr, 0))
        end::numeric(14, 2) as cut_idr,
        case
            when cut_months.is_own_open then cut_months.candidates
        end as candidates,
        fired.triggers,
        cut_months.reason
    from placed_months
    left join cut_months
        on placed_months.employee_id = cut_months.employee_id and placed_months.month = cut_months.month
    left join fired
        on placed_months.employee_id = fired.employee_id and placed_months.month = fired.month
    left join tpp
        on
            placed_months.employee_id = tpp.employee_id
            and placed_months.last_work_date >= tpp.valid_from
            and placed_months.last_work_date < coalesce(tpp.valid_to, 'infinity'::date)
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id']}, {'columns': ['employee_id', 'work_date']}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- The cuts of a day put together by the policy of the regulation: their sum, the greatest, or for a coming and a going
-- that both cost the cell of a matrix; then the cap of the day, which holds for days of presence only. A punishment
-- that a leader recorded stands alone: the facts hold no other cut of that day.
with

deductions as (
    select cuts.* from {{ ref('fct_deductions') }} as cuts
    where {{ only_touched(bounds, 'work_date', 'cuts') }}
),

policies as ({{ governing('combining_policies') }}),

bases as ({{ governing('allowance_bases') }}),

cells as ({{ governing('combination_matrix') }}),

-- Only where the regulation has a matrix. A cell that the matrix lacks is not known.
pairs as (
    select
        comings.deduction_id as coming_id,
        goings.deduction_id as going_id,
        cells.rule_code,
        cells.pct,
        case when cells.pct is null then array_remove(array[cells.pct_low, cells.pct_high], null) end as candidates,
        coalesce(cells.base_name, comings.base_name) as base_name
    from deductions as comings
    inner join deductions as goings
        on
            comings.employee_id = goings.employee_id
            and comings.work_date = goings.work_date
            and comings.shift_no = goings.shift_no
            and comings.rule_status = goings.rule_status
    inner join policies
        on
            comings.opd_code = policies.opd_code
            and comings.regulation_code = policies.regulation_code
            and comings.work_date >= policies.governs_from
            and comings.work_date < policies.governs_to
    left join cells
        on
            comings.opd_code = cells.opd_code
            and comings.code = cells.row_code
            and goings.code = cells.column_code
            and comings.work_date >= cells.governs_from
            and comings.work_date < cells.governs_to
    where
        policies.combine_mode = 'matrix'
        and comings.matter in ('terlambat', 'tanpa_masuk')
        and goings.matter in ('pulang_awal', 'tanpa_pulang')
),

cuts as (
    select
        deductions.employee_id,
        deductions.work_date,
        deductions.opd_code,
        deductions.regulation_code,
        deductions.rule_status,
        deductions.matter,
        case when comings.coming_id is null then deductions.base_name else comings.base_name end as base_name,
        case
            when comings.coming_id is not null then comings.pct
            when
                deductions.state = 'DIHITUNG' or (deductions.pct is not null and deductions.base_share_pct is null)
                then deductions.pct
        end as pct,
        case
            when comings.coming_id is null then deductions.candidates::numeric[]
            else comings.candidates
        end as candidates,
        deductions.base_share_pct,
        deductions.base_idr,
        case
            when comings.coming_id is not null then comings.pct is not null and deductions.base_idr is not null
            else deductions.state = 'DIHITUNG'
        end as is_decided,
        case when deductions.state = 'DIHITUNG' then deductions.amount_idr end as amount_idr
    from deductions
    left join pairs as comings on deductions.deduction_id = comings.coming_id
    left join pairs as goings on deductions.deduction_id = goings.going_id
    where goings.going_id is null
),

by_base as (
    select
        cuts.employee_id,
        cuts.work_date,
        cuts.opd_code,
        cuts.regulation_code,
        cuts.rule_status,
        cuts.base_name,
        max(cuts.base_share_pct) as base_share_pct,
        max(cuts.base_idr) filter (where cuts.is_decided) as base_idr,
        sum(cuts.pct) as sum_pct,
        max(cuts.pct) as max_pct,
        sum(cuts.pct) filter (where cuts.is_decided) as sum_decided_pct,
        max(cuts.pct) filter (where cuts.is_decided) as max_decided_pct,
        sum(cuts.amount_idr) as amount_idr,
        count(*) filter (where not cuts.is_decided) as undecided_count,
        bool_and(cuts.pct is not null or cuts.amount_idr is not null) as is_pct_decided,
        bool_or(cuts.matter = 'hukuman') as is_overridden,
        bool_or(cuts.matter = 'alpa') as is_alpa,
        count(*) as cut_count,
        case when bool_or(cuts.candidates is not null) and count(*) = 1 then min(cuts.candidates) end as candidates
    from cuts
    group by
        cuts.employee_id, cuts.work_date, cuts.opd_code, cuts.regulation_code, cuts.rule_status, cuts.base_name
),

capped as (
    select
        by_base.*,
        coalesce(bases.is_default, by_base.base_name is null) as is_default,
        -- least() passes over null: without a known rate there would be nothing but the cap
        case
            when by_base.sum_pct is not null
                then least(
                    case policies.combine_mode when 'max' then by_base.max_pct else by_base.sum_pct end,
                    case when not by_base.is_alpa and not by_base.is_overridden then policies.daily_cap_pct end
                )
        end as pct,
        case
            when by_base.sum_decided_pct is not null
                then least(
                    case policies.combine_mode when 'max' then by_base.max_decided_pct else by_base.sum_decided_pct end,
                    case when not by_base.is_alpa and not by_base.is_overridden then policies.daily_cap_pct end
                )
        end as decided_pct
    from by_base
    inner join policies
        on
            by_base.opd_code = policies.opd_code
            and by_base.regulation_code = policies.regulation_code
            and by_base.work_date >= policies.governs_from
            and by_base.work_date < policies.governs_to
    left join bases
        on
            by_base.opd_code = bases.opd_code
            and by_base.regulation_code = bases.regulation_code
            and by_base.base_name = bases.base_name
            and by_base.work_date >= bases.governs_from
            and by_base.work_date < bases.governs_to
),

final as (
    select
        capped.employee_id,
        capped.work_date,
        capped.opd_code,
        capped.regulation_code,
        capped.rule_status,
        (array_agg(capped.base_name order by capped.is_default desc, capped.base_name asc))[1] as base_name,
        case
            when bool_or(capped.is_default) then sum(capped.pct) filter (where capped.is_default)
            else sum(capped.pct)
        end::numeric(7, 2) as pct,
        -- nothing of a part is nothing, however large the part may be
        sum(case when capped.pct = 0 then 0 else capped.pct * capped.base_share_pct / 100 end)::numeric(10, 4)
            as pct_total,
        sum(capped.amount_idr)::numeric(20, 6) as amount_idr,
        sum(capped.undecided_count)::bigint as undecided_count,
        bool_or(capped.is_overridden) as is_overridden,
        case
            when bool_or(capped.is_default) then bool_and(capped.is_pct_decided) filter (where capped.is_default)
            else bool_and(capped.is_pct_decided)
        end as is_pct_decided,
        bool_and(capped.is_pct_decided and (coalesce(capped.pct, 0) = 0 or capped.base_share_pct is not null))
            as is_total_decided,
        (sum(capped.decided_pct * capped.base_idr) / 100)::numeric(20, 6) as pct_idr,
        sum(capped.decided_pct)::numeric(7, 2) as decided_pct,
        case when sum(capped.cut_count) = 1 then min(capped.candidates) end as candidates
    from capped
    group by
        capped.employee_id, capped.work_date, capped.opd_code, capped.regulation_code, capped.rule_status
)

select * from final

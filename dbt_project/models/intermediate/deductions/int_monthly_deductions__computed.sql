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

-- What a month costs each person by what is known now, closed or not. Days come put together by their regulation; here
-- they are summed on two bases, the regulation's own and the whole allowance, with what stated counts cost and what a
-- count of the month sets off; each is capped, and there is one rounding, half up to whole rupiah, at the very end.

{% set bounds = touched_bounds() %}

with daily_attendance as (
    select * from {{ ref('fct_daily_attendance') }}
    where {{ only_touched_months(bounds, 'work_date') }}
),

days as (
    select
        days.*,
        date_trunc('month', days.work_date::timestamp)::date as month
    from {{ ref('int_days__combined') }} as days
    where {{ only_touched_months(bounds, 'work_date', 'days') }}
),

counters as (
    select * from {{ ref('int_counters__by_month') }}
    where {{ only_touched_months(bounds, 'month') }}
),

counted_matters as (select * from {{ ref('stg_law__counters') }}),

stated as (
    select * from {{ ref('int_stated_counters__priced') }}
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

regulations as (
    select * from {{ ref('stg_law__regulations') }}
),

policies as (
    {{ governing('combining_policies') }}
),

bases as (
    {{ governing('allowance_bases') }}
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
    where counters.stated_quantity > 0
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

-- Cuts that a count of the month does not yet let apply.
waived_matters as (
    select
        triggers.employee_id,
        triggers.month,
        triggers.regulation_code,
        triggers.matter
    from triggers
    where triggers.effect = 'cuts_apply' and not triggers.is_fired
),

waived_days as (
    select
        cuts.employee_id,
        cuts.work_date,
        cuts.regulation_code,
        sum(cuts.pct) filter (where cuts.state = 'DIHITUNG') as pct,
        count(*) filter (where cuts.state = 'UNDECIDED') as undecided_count
    from {{ ref('fct_deductions') }} as cuts
    inner join waived_matters
        on
            cuts.employee_id = waived_matters.employee_id
            and date_trunc('month', cuts.work_date::timestamp)::date = waived_matters.month
            and cuts.regulation_code = waived_matters.regulation_code
            and cuts.matter = waived_matters.matter
    where {{ only_touched_months(bounds, 'work_date', 'cuts') }}
    group by cuts.employee_id, cuts.work_date, cuts.regulation_code
),

-- pct of a day is of the regulation's own base if anything was cut on it; the rest of the day is of other bases and
-- stands as a percentage of the whole.
day_parts as (
    select
        days.employee_id,
        days.month,
        days.regulation_code,
        days.rule_status,
        policies.monthly_cap_pct,
        bases.share_pct as own_share_pct,
        days.base_name is not distinct from bases.base_name as is_own,
        days.is_pct_decided,
        days.is_total_decided,
        days.candidates,
        days.amount_idr,
        greatest(days.undecided_count - coalesce(waived_days.undecided_count, 0), 0) as undecided_count,
        case
            when days.base_name is not distinct from bases.base_name
                then greatest(days.pct - coalesce(waived_days.pct, 0), 0)
        end as own_pct,
        days.pct_total
        - coalesce(case when days.base_name is not distinct from bases.base_name then days.pct end, 0)
        * coalesce(bases.share_pct, 0) / 100 as whole_pct,
        tpp.base_idr as allowance_idr,
        days.pct_idr is not null as is_in_rupiah
    from days
    inner join policies
        on
            days.opd_code = policies.opd_code
            and days.regulation_code = policies.regulation_code
            and days.work_date >= policies.governs_from
            and days.work_date < policies.governs_to
    left join bases
        on
            days.opd_code = bases.opd_code
            and days.regulation_code = bases.regulation_code
            and bases.is_default
            and days.work_date >= bases.governs_from
            and days.work_date < bases.governs_to
    left join tpp
        on
            days.employee_id = tpp.employee_id
            and days.work_date >= tpp.valid_from
            and days.work_date < coalesce(tpp.valid_to, 'infinity'::date)
    left join waived_days
        on
            days.employee_id = waived_days.employee_id
            and days.work_date = waived_days.work_date
            and days.regulation_code = waived_days.regulation_code
),

stated_parts as (
    select
        stated.*,
        policies.monthly_cap_pct,
        bases.share_pct as own_share_pct
    from stated
    inner join counted_matters on stated.counter = counted_matters.counter
    left join policies
        on
            stated.opd_code = policies.opd_code
            and stated.regulation_code = policies.regulation_code
            and stated.month + interval '1 month' > policies.governs_from
            and stated.month + interval '1 month' <= policies.governs_to
    left join bases
        on
            stated.opd_code = bases.opd_code
            and stated.regulation_code = bases.regulation_code
            and bases.is_default
            and stated.month + interval '1 month' > bases.governs_from
            and stated.month + interval '1 month' <= bases.governs_to
    left join waived_matters
        on
            stated.employee_id = waived_matters.employee_id
            and stated.month = waived_matters.month
            and stated.regulation_code = waived_matters.regulation_code
            and counted_matters.matter = waived_matters.matter
    where waived_matters.employee_id is null
),

parts as (
    select
        day_parts.employee_id,
        day_parts.month,
        day_parts.regulation_code,
        day_parts.rule_status,
        day_parts.monthly_cap_pct,
        day_parts.own_share_pct,
        day_parts.own_pct,
        day_parts.whole_pct,
        case when day_parts.is_in_rupiah then day_parts.own_pct end as own_rupiah_pct,
        case when day_parts.is_in_rupiah then day_parts.whole_pct end as whole_rupiah_pct,
        case
            when day_parts.is_in_rupiah
                then day_parts.own_pct * day_parts.own_share_pct * day_parts.allowance_idr / 100 / 100
        end as own_idr,
        case when day_parts.is_in_rupiah then day_parts.whole_pct * day_parts.allowance_idr / 100 end as whole_idr,
        day_parts.amount_idr,
        case when day_parts.is_own and not day_parts.is_pct_decided then day_parts.undecided_count else 0 end
            as own_undecided_count,
        case when day_parts.is_own and not day_parts.is_pct_decided then 0 else day_parts.undecided_count end
            as whole_undecided_count,
        day_parts.is_own and not day_parts.is_pct_decided and day_parts.undecided_count > 0 as is_own_open,
        case when day_parts.is_own and not day_parts.is_pct_decided then day_parts.candidates end as candidates,
        null::numeric as paid_pct,
        null::numeric as set_own_pct,
        null::numeric as set_whole_pct,
        null as reason
    from day_parts
    union all
    select
        stated_parts.employee_id,
        stated_parts.month,
        stated_parts.regulation_code,
        stated_parts.rule_status,
        stated_parts.monthly_cap_pct,
        stated_parts.own_share_pct,
        case when stated_parts.is_default_base and stated_parts.priced_by <> 'idr' then stated_parts.pct end,
        case
            when not stated_parts.is_default_base and stated_parts.priced_by <> 'idr'
                then stated_parts.pct * stated_parts.base_share_pct / 100
        end,
        case
            when stated_parts.is_default_base and stated_parts.priced_by <> 'idr'
                and stated_parts.amount_idr is not null
                then stated_parts.pct
        end,
        case
            when not stated_parts.is_default_base and stated_parts.priced_by <> 'idr'
                and stated_parts.amount_idr is not null
                then stated_parts.pct * stated_parts.base_share_pct / 100
        end,
        case when stated_parts.is_default_base and stated_parts.priced_by <> 'idr' then stated_parts.amount_idr end,
        case when not stated_parts.is_default_base and stated_parts.priced_by <> 'idr' then stated_parts.amount_idr end,
        case when stated_parts.priced_by = 'idr' then stated_parts.amount_idr end,
        case when stated_parts.is_default_base and stated_parts.undecided_code is not null then 1 else 0 end,
        case when not stated_parts.is_default_base and stated_parts.undecided_code is not null then 1 else 0 end,
        stated_parts.is_default_base and stated_parts.priced_by <> 'idr' and stated_parts.pct is null,
        case when stated_parts.is_default_base then stated_parts.candidates end,
        stated_parts.paid_pct,
        null,
        null,
        stated_parts.reason
    from stated_parts
    union all
    select
        triggers.employee_id,
        triggers.month,
        triggers.regulation_code,
        triggers.rule_status,
        null,
        case when triggers.is_default_base then triggers.base_share_pct end,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        case when triggers.effect <> 'sanction' and triggers.pct is null and not triggers.has_rates then 1 else 0 end,
        0,
        triggers.effect <> 'sanction' and triggers.pct is null and not triggers.has_rates,
        null,
        null,
        case when triggers.effect = 'set_base_pct' and triggers.is_default_base then triggers.pct end,
        case
            when triggers.effect = 'set_base_pct' and not triggers.is_default_base
                then triggers.pct * triggers.base_share_pct / 100
        end,
        'Hitungan ' || triggers.counter || ' ' || replace(trim_scale(triggers.quantity)::text, '.', ',')
        || case
            when triggers.effect = 'sanction' then ': ' || replace(triggers.sanction, '_', ' ')
            when triggers.effect = 'cuts_apply' and (triggers.pct is not null or triggers.has_rates)
                then ': potongan berlaku'
            when triggers.pct is null then '; tarifnya tidak diketahui, jadi belum diputuskan'
            else
                ': ' || replace(trim_scale(triggers.pct)::text, '.', ',') || ' persen dari '
                || replace(triggers.base_name, '_', ' ')
        end
        || ' (' || regulations.short_name || ').'
    from triggers
    inner join regulations on triggers.regulation_code = regulations.regulation_code
    where triggers.is_fired
),

summed as (
    select
        parts.employee_id,
        parts.month,
        parts.regulation_code,
        parts.rule_status,
        least(min(parts.monthly_cap_pct), 100) as cap_pct,
        max(parts.own_share_pct) as own_share_pct,
        sum(parts.own_pct) as own_pct,
        sum(parts.whole_pct) as whole_pct,
        sum(parts.own_rupiah_pct) as own_rupiah_pct,
        sum(parts.whole_rupiah_pct) as whole_rupiah_pct,
        sum(parts.own_idr) as own_idr,
        sum(parts.whole_idr) as whole_idr,
        sum(parts.amount_idr) as amount_idr,
        sum(parts.own_undecided_count) as own_undecided_count,
        sum(parts.whole_undecided_count) as whole_undecided_count,
        bool_or(parts.is_own_open) as is_own_pct_open,
        count(*) filter (where parts.is_own_open) as own_open_count,
        count(parts.candidates) as candidate_count,
        sum((select min(reading) from unnest(parts.candidates) as reading)) as low_candidate,
        sum((select max(reading) from unnest(parts.candidates) as reading)) as high_candidate,
        min(parts.paid_pct) as paid_pct,
        max(parts.set_own_pct) as set_own_pct,
        max(parts.set_whole_pct) as set_whole_pct,
        string_agg(parts.reason, ' ' order by parts.reason) as reason
    from parts
    group by parts.employee_id, parts.month, parts.regulation_code, parts.rule_status
),

with_allowance as (
    select
        summed.*,
        tpp.base_idr as allowance_idr
    from summed
    inner join placed_months
        on summed.employee_id = placed_months.employee_id and summed.month = placed_months.month
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
        greatest(least(own_pct, cap_pct), set_own_pct) as capped_own_pct,
        greatest(least(whole_pct, cap_pct), set_whole_pct) as capped_whole_pct,
        coalesce(set_own_pct >= least(own_rupiah_pct, cap_pct) or own_rupiah_pct is null, false)
        and set_own_pct is not null as is_own_set,
        coalesce(set_whole_pct >= least(whole_rupiah_pct, cap_pct) or whole_rupiah_pct is null, false)
        and set_whole_pct is not null as is_whole_set
    from with_allowance
),

in_rupiah as (
    select
        capped.*,
        case
            when is_own_set and own_share_pct * allowance_idr is null then null
            when is_own_set then set_own_pct
            else least(own_rupiah_pct, cap_pct)
        end * own_share_pct / 100 as payable_own_pct,
        case
            when is_whole_set and allowance_idr is null then null
            when is_whole_set then set_whole_pct
            else least(whole_rupiah_pct, cap_pct)
        end as payable_whole_pct,
        case
            when is_own_set then set_own_pct * own_share_pct * allowance_idr / 100 / 100
            else own_idr * least(own_rupiah_pct, cap_pct) / nullif(own_rupiah_pct, 0)
        end as payable_own_idr,
        case
            when is_whole_set then set_whole_pct * allowance_idr / 100
            else whole_idr * least(whole_rupiah_pct, cap_pct) / nullif(whole_rupiah_pct, 0)
        end as payable_whole_idr,
        case when coalesce(is_own_set and set_own_pct = 100, false) then 0 else own_undecided_count end
            as open_own_count,
        case when coalesce(is_own_set and set_own_pct = 100, false) then false else is_own_pct_open end
            as is_pct_open
    from capped
),

-- The parts together cost no more than there is.
costed as (
    select
        in_rupiah.*,
        coalesce(payable_own_pct, 0) + coalesce(payable_whole_pct, 0) as payable_sum_pct,
        coalesce(payable_own_idr, 0) + coalesce(payable_whole_idr, 0) as payable_sum_idr
    from in_rupiah
),

cut_months as (
    select
        employee_id,
        month,
        sum(least(payable_sum_pct, 100)) filter (where rule_status = 'in_force') as payable_pct,
        sum(
            payable_sum_idr / greatest(payable_sum_pct / 100, 1) + coalesce(amount_idr, 0)
        ) filter (where rule_status = 'in_force') as payable_idr,
        sum(least(payable_sum_pct, 100)) filter (where rule_status = 'announced') as projected_pct,
        sum(
            payable_sum_idr / greatest(payable_sum_pct / 100, 1) + coalesce(amount_idr, 0)
        ) filter (where rule_status = 'announced') as projected_idr,
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
            when cut_months.own_share_pct = 100 and cut_months.is_own_open then null
            when cut_months.is_whole_open then null
            when cut_months.own_share_pct = 100
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
        end::numeric [] as candidates,
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

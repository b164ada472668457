{{
    config(
        materialized='incremental',
        incremental_strategy='touched_months',
        unique_key=['employee_id', 'month'],
        on_schema_change='fail',
        post_hook='{{ analyze_when_whole() }}',
        indexes=[{'columns': ['employee_id', 'month']}],
    )
}}

-- What a month costs a person by each regulation that governs it, before any cap: the days come put together by their
-- regulation and are summed on two bases, the regulation's own and the whole allowance; what stated counts cost and
-- what a count of the month sets off comes beside them.

{% set bounds = touched_bounds() %}

with

all_days as (
    select
        days.*,
        date_trunc('month', days.work_date::timestamp)::date as month
    from {{ ref('int_days__combined') }} as days
    where {{ only_touched_months(bounds, 'work_date', 'days') }}
),

-- Leave that is paid by the month: single days of it have no rate.
leave_days as (
    select
        cuts.employee_id,
        cuts.work_date,
        date_trunc('month', cuts.work_date::timestamp)::date as month,
        cuts.opd_code,
        cuts.regulation_code,
        cuts.rule_status,
        excuse_rules.base_name,
        excuse_rules.paid_pct
    from {{ ref('fct_deductions') }} as cuts
    inner join {{ ref('stg_law__excuse_rules') }} as excuse_rules
        on
            cuts.regulation_code = excuse_rules.regulation_code
            and cuts.rule_code = excuse_rules.rule_code
            and cuts.work_date >= excuse_rules.valid_from
            and cuts.work_date < coalesce(excuse_rules.valid_to, 'infinity'::date)
    where
        cuts.trace ->> 'undecided_code' = 'TARIF_BULANAN'
        and {{ only_touched_months(bounds, 'work_date', 'cuts') }}
),

workdays as (
    select
        months.employee_id,
        months.month,
        sum(months.quantity) as workday_count
    from {{ ref('int_counters__by_month') }} as months
    inner join {{ ref('stg_law__counters') }} as names on months.counter = names.counter
    where names.matter = 'kerja' and {{ only_touched_months(bounds, 'month', 'months') }}
    group by months.employee_id, months.month
),

-- The rate is known where the leave fills the month and all of it is paid alike.
whole_leaves as (
    select
        leave_days.employee_id,
        leave_days.month,
        leave_days.regulation_code,
        leave_days.rule_status,
        max(leave_days.opd_code) as opd_code,
        min(leave_days.base_name) as base_name,
        min(leave_days.paid_pct) as paid_pct,
        max(leave_days.work_date) as last_date
    from leave_days
    inner join workdays on leave_days.employee_id = workdays.employee_id and leave_days.month = workdays.month
    group by leave_days.employee_id, leave_days.month, leave_days.regulation_code, leave_days.rule_status
    having
        min(leave_days.paid_pct) = max(leave_days.paid_pct)
        and count(distinct leave_days.work_date) = max(workdays.workday_count)
),

days as (
    select all_days.*
    from all_days
    left join whole_leaves on all_days.employee_id = whole_leaves.employee_id and all_days.month = whole_leaves.month
    where whole_leaves.employee_id is null
),

counted_matters as (
    select * from {{ ref('stg_law__counters') }}
),

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

regulations as (
    select * from {{ ref('stg_law__regulations') }}
),

policies as (
    {{ governing('combining_policies') }}
),

bases as (
    {{ governing('allowance_bases') }}
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
        coalesce(days.base_name = bases.base_name, false) as is_own,
        days.is_pct_decided,
        days.is_total_decided,
        days.candidates::numeric[] as candidates,
        days.amount_idr,
        greatest(days.undecided_count - coalesce(waived_days.undecided_count, 0), 0) as undecided_count,
        case
            when days.base_name = bases.base_name and days.pct is not null
                then greatest(days.pct - coalesce(waived_days.pct, 0), 0)
        end as own_pct,
        days.pct_total
        - coalesce(bases.share_pct, 0) / 100
        * coalesce(case when days.base_name = bases.base_name then days.pct end, 0) as whole_pct,
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

leave_parts as (
    select
        whole_leaves.employee_id,
        whole_leaves.month,
        whole_leaves.regulation_code,
        whole_leaves.rule_status,
        policies.monthly_cap_pct,
        own_bases.share_pct as own_share_pct,
        coalesce(other_bases.base_name, own_bases.base_name) = own_bases.base_name as is_own,
        coalesce(other_bases.share_pct, own_bases.share_pct) as share_pct,
        100 - whole_leaves.paid_pct as cut_pct,
        whole_leaves.paid_pct,
        tpp.base_idr as allowance_idr
    from whole_leaves
    inner join policies
        on
            whole_leaves.opd_code = policies.opd_code
            and whole_leaves.regulation_code = policies.regulation_code
            and whole_leaves.last_date >= policies.governs_from
            and whole_leaves.last_date < policies.governs_to
    inner join bases as own_bases
        on
            whole_leaves.opd_code = own_bases.opd_code
            and whole_leaves.regulation_code = own_bases.regulation_code
            and own_bases.is_default
            and whole_leaves.last_date >= own_bases.governs_from
            and whole_leaves.last_date < own_bases.governs_to
    left join bases as other_bases
        on
            whole_leaves.opd_code = other_bases.opd_code
            and whole_leaves.regulation_code = other_bases.regulation_code
            and whole_leaves.base_name = other_bases.base_name
            and whole_leaves.last_date >= other_bases.governs_from
            and whole_leaves.last_date < other_bases.governs_to
    left join tpp
        on
            whole_leaves.employee_id = tpp.employee_id
            and whole_leaves.last_date >= tpp.valid_from
            and whole_leaves.last_date < coalesce(tpp.valid_to, 'infinity'::date)
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
        leave_parts.employee_id,
        leave_parts.month,
        leave_parts.regulation_code,
        leave_parts.rule_status,
        leave_parts.monthly_cap_pct,
        leave_parts.own_share_pct,
        case when leave_parts.is_own then leave_parts.cut_pct end as own_pct,
        case when not leave_parts.is_own then leave_parts.cut_pct * leave_parts.share_pct / 100 end as whole_pct,
        case
            when leave_parts.is_own and leave_parts.share_pct * leave_parts.allowance_idr is not null
                then leave_parts.cut_pct
        end as own_rupiah_pct,
        case
            when not leave_parts.is_own and leave_parts.allowance_idr is not null
                then leave_parts.cut_pct * leave_parts.share_pct / 100
        end as whole_rupiah_pct,
        case
            when leave_parts.is_own
                then leave_parts.cut_pct * leave_parts.share_pct * leave_parts.allowance_idr / 100 / 100
        end as own_idr,
        case
            when not leave_parts.is_own
                then leave_parts.cut_pct * leave_parts.share_pct * leave_parts.allowance_idr / 100 / 100
        end as whole_idr,
        null as amount_idr,
        case
            when leave_parts.is_own and leave_parts.share_pct * leave_parts.allowance_idr is null then 1
            else 0
        end as own_undecided_count,
        case
            when not leave_parts.is_own and leave_parts.share_pct * leave_parts.allowance_idr is null then 1
            else 0
        end as whole_undecided_count,
        false as is_own_open,
        null as candidates,
        leave_parts.paid_pct,
        null as set_own_pct,
        null as set_whole_pct,
        'Cuti sebulan penuh: tunjangan dibayar ' || replace(trim_scale(leave_parts.paid_pct)::text, '.', ',')
        || ' persen.' as reason
    from leave_parts
    union all
    select
        stated_parts.employee_id,
        stated_parts.month,
        stated_parts.regulation_code,
        stated_parts.rule_status,
        stated_parts.monthly_cap_pct,
        stated_parts.own_share_pct,
        case when stated_parts.is_default_base and stated_parts.priced_by <> 'idr' then stated_parts.pct end as own_pct,
        case
            when not stated_parts.is_default_base and stated_parts.priced_by <> 'idr'
                then stated_parts.pct * stated_parts.base_share_pct / 100
        end as whole_pct,
        case
            when
                stated_parts.is_default_base and stated_parts.priced_by <> 'idr'
                and stated_parts.amount_idr is not null
                then stated_parts.pct
        end as own_rupiah_pct,
        case
            when
                not stated_parts.is_default_base and stated_parts.priced_by <> 'idr'
                and stated_parts.amount_idr is not null
                then stated_parts.pct * stated_parts.base_share_pct / 100
        end as whole_rupiah_pct,
        case when stated_parts.is_default_base and stated_parts.priced_by <> 'idr' then stated_parts.amount_idr end
            as own_idr,
        case
            when not stated_parts.is_default_base and stated_parts.priced_by <> 'idr' then stated_parts.amount_idr
        end as whole_idr,
        case when stated_parts.priced_by = 'idr' then stated_parts.amount_idr end as amount_idr,
        case when stated_parts.is_default_base and stated_parts.undecided_code is not null then 1 else 0 end
            as own_undecided_count,
        case when not stated_parts.is_default_base and stated_parts.undecided_code is not null then 1 else 0 end
            as whole_undecided_count,
        stated_parts.is_default_base and stated_parts.priced_by <> 'idr' and stated_parts.pct is null as is_own_open,
        case when stated_parts.is_default_base then stated_parts.candidates::numeric[] end as candidates,
        stated_parts.paid_pct,
        null as set_own_pct,
        null as set_whole_pct,
        stated_parts.reason
    from stated_parts
    union all
    select
        triggers.employee_id,
        triggers.month,
        triggers.regulation_code,
        triggers.rule_status,
        null as monthly_cap_pct,
        case when triggers.is_default_base then triggers.base_share_pct end as own_share_pct,
        null as own_pct,
        null as whole_pct,
        null as own_rupiah_pct,
        null as whole_rupiah_pct,
        null as own_idr,
        null as whole_idr,
        null as amount_idr,
        case when triggers.effect <> 'sanction' and triggers.pct is null and not triggers.has_rates then 1 else 0 end
            as own_undecided_count,
        0 as whole_undecided_count,
        triggers.effect <> 'sanction' and triggers.pct is null and not triggers.has_rates as is_own_open,
        null as candidates,
        null as paid_pct,
        case when triggers.effect = 'set_base_pct' and triggers.is_default_base then triggers.pct end as set_own_pct,
        case
            when triggers.effect = 'set_base_pct' and not triggers.is_default_base
                then triggers.pct * triggers.base_share_pct / 100
        end as set_whole_pct,
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
        || ' (' || regulations.short_name || ').' as reason
    from triggers
    inner join regulations on triggers.regulation_code = regulations.regulation_code
    where triggers.is_fired
),

-- Shares of a workday's allowance come out of it like a percentage.
shares as (
    select
        cuts.employee_id,
        date_trunc('month', cuts.work_date::timestamp)::date as month,
        cuts.regulation_code,
        cuts.rule_status,
        sum(cuts.amount_idr) as shared_idr,
        sum(cuts.amount_idr * 100 / nullif(tpp.base_idr, 0)) as shared_pct
    from {{ ref('fct_deductions') }} as cuts
    inner join tpp
        on
            cuts.employee_id = tpp.employee_id
            and cuts.work_date >= tpp.valid_from
            and cuts.work_date < coalesce(tpp.valid_to, 'infinity'::date)
    where
        cuts.priced_by in ('workday_share', 'minute_share')
        and {{ only_touched_months(bounds, 'work_date', 'cuts') }}
    group by
        cuts.employee_id, date_trunc('month', cuts.work_date::timestamp), cuts.regulation_code, cuts.rule_status
),

summed as (
    select
        parts.employee_id,
        parts.month,
        parts.regulation_code,
        parts.rule_status,
        trim_scale(least(min(parts.monthly_cap_pct), 100)) as cap_pct,
        max(parts.own_share_pct) as own_share_pct,
        trim_scale(sum(parts.own_pct)) as own_pct,
        trim_scale(sum(parts.whole_pct)) as whole_pct,
        trim_scale(sum(parts.own_rupiah_pct)) as own_rupiah_pct,
        trim_scale(sum(parts.whole_rupiah_pct)) as whole_rupiah_pct,
        trim_scale(sum(parts.own_idr)) as own_idr,
        trim_scale(sum(parts.whole_idr)) as whole_idr,
        trim_scale(sum(parts.amount_idr)) as amount_idr,
        sum(parts.own_undecided_count) as own_undecided_count,
        sum(parts.whole_undecided_count) as whole_undecided_count,
        bool_or(parts.is_own_open) as is_own_pct_open,
        count(*) filter (where parts.is_own_open) as own_open_count,
        count(parts.candidates) as candidate_count,
        sum((select min(reading) from unnest(parts.candidates) as reading)) as low_candidate,
        sum((select max(reading) from unnest(parts.candidates) as reading)) as high_candidate,
        min(parts.paid_pct)::numeric(6, 2) as paid_pct,
        max(parts.set_own_pct) as set_own_pct,
        max(parts.set_whole_pct) as set_whole_pct,
        string_agg(parts.reason, ' ' order by parts.reason) as reason
    from parts
    group by parts.employee_id, parts.month, parts.regulation_code, parts.rule_status
),

final as (
    select
        summed.*,
        trim_scale(shares.shared_idr) as shared_idr,
        trim_scale(shares.shared_pct) as shared_pct
    from summed
    left join shares
        on
            summed.amount_idr is not null
            and summed.employee_id = shares.employee_id
            and summed.month = shares.month
            and summed.regulation_code = shares.regulation_code
            and summed.rule_status = shares.rule_status
)

select * from final

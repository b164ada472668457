-- What counts that were taken over with a letter cost, by the same rules that price single days: how often times the
-- rate of the rule behind the counter, free days and tiers of a spell taken into account. A counter of which the
-- regulation is silent gives no row; what it knows without an amount, or says in two ways, gives an undecided one.
with

counters as (select * from {{ ref('stg_law__counters') }}),

stated as (
    select
        stated.*,
        (stated.month + interval '1 month' - interval '1 day')::date as last_date
    from {{ ref('stg_reference__stated_counters') }} as stated
),

employees as (select * from {{ ref('stg_reference__employees') }}),

postings as (select * from {{ ref('stg_reference__postings') }}),

tpp as (select * from {{ ref('stg_reference__tpp') }}),

regulations as (select * from {{ ref('stg_law__regulations') }}),

applications as (
    select * from {{ ref('int_regulations__governing') }}
    where purpose = 'potongan'
),

covered_persons as ({{ governing('covered_persons') }}),

bases as ({{ governing('allowance_bases') }}),

excuse_rules as ({{ governing('excuse_rules') }}),

workdays as (
    select
        months.employee_id,
        months.month,
        sum(months.quantity) as workday_count
    from {{ ref('int_counters__by_month') }} as months
    inner join counters on months.counter = counters.counter
    where counters.matter = 'kerja'
    group by months.employee_id, months.month
),

-- Whoever left before the month's end is priced on his last day.
placed as (
    select distinct on (stated.employee_id, stated.month, stated.counter)
        stated.employee_id,
        stated.month,
        stated.counter,
        stated.quantity,
        stated.letter_no,
        counters.matter,
        counters.code,
        counters.excuse_kind,
        counters.unit,
        employees.kind,
        postings.opd_code,
        least(stated.last_date, postings.valid_to - 1) as priced_on
    from stated
    inner join counters on stated.counter = counters.counter
    inner join employees on stated.employee_id = employees.employee_id
    inner join postings
        on
            stated.employee_id = postings.employee_id
            and stated.last_date >= postings.valid_from
            and stated.month < coalesce(postings.valid_to, 'infinity'::date)
    order by stated.employee_id asc, stated.month asc, stated.counter asc, postings.valid_from desc
),

governed as (
    select
        placed.*,
        applications.regulation_code,
        applications.application_status,
        tpp.base_idr as allowance_idr,
        workdays.workday_count
    from placed
    inner join applications
        on
            placed.opd_code = applications.opd_code
            and placed.priced_on >= applications.valid_from
            and placed.priced_on < applications.valid_to
    inner join covered_persons
        on
            placed.opd_code = covered_persons.opd_code
            and applications.regulation_code = covered_persons.regulation_code
            and placed.kind = covered_persons.employee_kind
            and placed.priced_on >= covered_persons.governs_from
            and placed.priced_on < covered_persons.governs_to
    left join tpp
        on
            placed.employee_id = tpp.employee_id
            and placed.priced_on >= tpp.valid_from
            and placed.priced_on < coalesce(tpp.valid_to, 'infinity'::date)
    left join workdays on placed.employee_id = workdays.employee_id and placed.month = workdays.month
    where tpp.employee_id is not null or not covered_persons.is_only_with_tpp
),

rates as (
    {% for seed, matter, columns in [
        ('day_matters', 'matter', ['amount_idr', 'pct_low', 'pct_high', 'share_pct', 'null::integer', 'null::time']),
        ('minute_bands', 'matter', ['amount_idr', 'pct_low', 'pct_high', 'null', 'from_minute', 'from_time']),
        ('event_rules', 'event_kind', ['amount_idr', 'null', 'null', 'null', 'null::integer', 'null::time']),
    ] %}
        select
            opd_code,
            regulation_code,
            governs_from,
            governs_to,
            governing_status,
            rule_code,
            legal_basis,
            {{ matter }} as matter,
            priced_by,
            base_name,
            pct,
            {{ columns[0] }} as amount_idr,
            {{ columns[1] }}::numeric as pct_low,
            {{ columns[2] }}::numeric as pct_high,
            {{ columns[3] }}::numeric as share_pct,
            {{ columns[4] }} as from_minute,
            {{ columns[5] }} as from_time,
            '{{ seed }}' as seed
        from ({{ governing(seed) }}) as {{ seed }}
        where special_day is null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A rule for the very kind of an event beats those of its family (apel, apel_senin).
matched as (
    select
        governed.employee_id,
        governed.month,
        governed.counter,
        governed.matter,
        governed.code,
        governed.unit,
        rates.rule_code,
        rates.legal_basis,
        rates.governing_status,
        rates.priced_by,
        rates.base_name,
        rates.pct,
        rates.pct_low,
        rates.pct_high,
        rates.amount_idr,
        rates.share_pct,
        case
            when rates.seed = 'minute_bands'
                then
                    dense_rank() over (
                        partition by governed.employee_id, governed.month, governed.counter, rates.seed
                        order by rates.from_minute, rates.from_time
                    )
        end as band_no,
        rates.matter = governed.matter as is_exact,
        bool_or(rates.matter = governed.matter)
            over (partition by governed.employee_id, governed.month, governed.counter) as has_exact
    from governed
    inner join rates
        on
            governed.opd_code = rates.opd_code
            and governed.regulation_code = rates.regulation_code
            and governed.priced_on >= rates.governs_from
            and governed.priced_on < rates.governs_to
            and governed.matter in (rates.matter, split_part(rates.matter, '_', 1))
),

-- How often somebody was late says nothing more where it is also said in which bands.
in_bands as (
    select distinct
        governed.employee_id,
        governed.month,
        governed.matter
    from governed
    where governed.code ~ '^[0-9]+$'
),

single_rates as (
    select
        matched.employee_id,
        matched.month,
        matched.counter,
        count(
            distinct concat_ws(
                '/', matched.priced_by, matched.base_name, coalesce(matched.pct::text, '?'), matched.amount_idr,
                matched.share_pct
            )
        ) as rate_count,
        min(matched.rule_code) as rule_code,
        min(matched.legal_basis) as legal_basis,
        min(matched.governing_status) as governing_status,
        case when matched.unit = 'minutes' then 'minutes' else min(matched.priced_by) end as priced_by,
        min(matched.base_name) as base_name,
        min(coalesce(matched.pct, matched.pct_low)) as low_pct,
        max(coalesce(matched.pct, matched.pct_high)) as high_pct,
        bool_and(matched.pct is not null) as is_pct_known,
        bool_and(matched.pct is not null or (matched.pct_low is not null and matched.pct_high is not null))
            as is_range_known,
        min(matched.amount_idr) as amount_idr,
        min(matched.share_pct) as share_pct
    from matched
    left join in_bands
        on
            matched.code is null
            and matched.employee_id = in_bands.employee_id
            and matched.month = in_bands.month
            and matched.matter = in_bands.matter
    where
        (matched.is_exact or not matched.has_exact)
        and (matched.code is null or matched.code = matched.band_no::text)
        and (matched.unit <> 'minutes' or matched.priced_by = 'minute_share')
        and in_bands.employee_id is null
    group by matched.employee_id, matched.month, matched.counter, matched.unit
),

-- Days within each tier: all of a spell if there is none; free days come first.
excuse_tiers as (
    select
        governed.employee_id,
        governed.month,
        governed.counter,
        governed.quantity,
        governed.unit,
        excuse_rules.*,
        case
            when excuse_rules.spell_from_day is null
                then greatest(governed.quantity - coalesce(excuse_rules.free_days_month, 0), 0)
            else greatest(
                least(governed.quantity + 1, excuse_rules.spell_to_day::numeric) - excuse_rules.spell_from_day, 0
            )
        end as tier_days,
        case
            when governed.unit = 'months'
                then
                    excuse_rules.spell_from_day is null
                    and governed.quantity >= coalesce(excuse_rules.leave_month_from, 0)
                    and governed.quantity < coalesce(excuse_rules.leave_month_to::numeric, governed.quantity + 1)
            else
                excuse_rules.leave_month_from is null
                and governed.quantity >= coalesce(excuse_rules.spell_from_day, 0)
                and governed.quantity < coalesce(excuse_rules.spell_to_day::numeric, governed.quantity + 1)
        end as is_tier_of_spell
    from governed
    inner join excuse_rules
        on
            governed.opd_code = excuse_rules.opd_code
            and governed.regulation_code = excuse_rules.regulation_code
            and governed.excuse_kind = excuse_rules.excuse_kind
            and governed.priced_on >= excuse_rules.governs_from
            and governed.priced_on < excuse_rules.governs_to
    where (governed.unit = 'months') <= (excuse_rules.priced_by = 'paid_pct')
),

excuse_parts as (
    select
        excuse_tiers.employee_id,
        excuse_tiers.month,
        excuse_tiers.counter,
        excuse_tiers.part_no,
        max(excuse_tiers.quantity) as quantity,
        coalesce(
            min(excuse_tiers.rule_code) filter (where excuse_tiers.is_tier_of_spell), min(excuse_tiers.rule_code)
        ) as rule_code,
        min(excuse_tiers.legal_basis) as legal_basis,
        min(excuse_tiers.governing_status) as governing_status,
        min(excuse_tiers.priced_by) as priced_by,
        min(excuse_tiers.base_name) as base_name,
        min(excuse_tiers.tier_mode) as tier_mode,
        bool_or(excuse_tiers.spell_from_day is not null) as is_tiered,
        case
            when
                bool_or(excuse_tiers.tier_days > 0 and excuse_tiers.pct is null)
                or (
                    bool_or(excuse_tiers.spell_from_day is not null)
                    and sum(excuse_tiers.tier_days) < max(excuse_tiers.quantity)
                ) then null
            else sum(excuse_tiers.tier_days * excuse_tiers.pct)
        end as marginal_pct,
        max(excuse_tiers.quantity * excuse_tiers.pct) filter (where excuse_tiers.is_tier_of_spell) as whole_pct,
        sum(excuse_tiers.tier_days * excuse_tiers.share_pct) as share_sum,
        max(excuse_tiers.paid_pct) filter (where excuse_tiers.is_tier_of_spell) as paid_pct
    from excuse_tiers
    group by excuse_tiers.employee_id, excuse_tiers.month, excuse_tiers.counter, excuse_tiers.part_no
),

costs as (
    select
        single_rates.employee_id,
        single_rates.month,
        single_rates.counter,
        1 as part_no,
        single_rates.rule_code,
        single_rates.legal_basis,
        single_rates.governing_status,
        single_rates.priced_by,
        single_rates.base_name,
        case
            when single_rates.rate_count > 1 or single_rates.priced_by <> 'pct' or not single_rates.is_pct_known
                then null
            else governed.quantity * single_rates.low_pct
        end as pct,
        case
            when
                single_rates.priced_by = 'pct' and single_rates.is_range_known
                and (single_rates.rate_count > 1 or not single_rates.is_pct_known)
                then array[governed.quantity * single_rates.low_pct, governed.quantity * single_rates.high_pct]
        end as candidates,
        case when single_rates.rate_count = 1 then governed.quantity * single_rates.share_pct end as share_sum,
        case
            when single_rates.rate_count = 1 and single_rates.priced_by = 'idr'
                then governed.quantity * single_rates.amount_idr
        end as amount_idr,
        null::numeric as paid_pct,
        single_rates.rate_count > 1 as is_ambiguous
    from single_rates
    inner join governed
        on
            single_rates.employee_id = governed.employee_id
            and single_rates.month = governed.month
            and single_rates.counter = governed.counter
    union all
    select
        excuse_parts.employee_id,
        excuse_parts.month,
        excuse_parts.counter,
        excuse_parts.part_no,
        excuse_parts.rule_code,
        excuse_parts.legal_basis,
        excuse_parts.governing_status,
        excuse_parts.priced_by,
        excuse_parts.base_name,
        case
            when excuse_parts.priced_by = 'paid_pct' then 100 - excuse_parts.paid_pct
            when excuse_parts.priced_by <> 'pct' then null
            when excuse_parts.tier_mode = 'whole' then excuse_parts.whole_pct
            when not excuse_parts.is_tiered or excuse_parts.tier_mode = 'marginal' then excuse_parts.marginal_pct
            when excuse_parts.marginal_pct = excuse_parts.whole_pct then excuse_parts.marginal_pct
        end as pct,
        case
            when
                excuse_parts.priced_by = 'pct' and excuse_parts.is_tiered and excuse_parts.tier_mode is null
                and excuse_parts.marginal_pct <> excuse_parts.whole_pct
                then array[excuse_parts.marginal_pct, excuse_parts.whole_pct]
        end as candidates,
        case when excuse_parts.priced_by = 'workday_share' then excuse_parts.share_sum end as share_sum,
        null as amount_idr,
        excuse_parts.paid_pct,
        excuse_parts.priced_by = 'pct' and excuse_parts.is_tiered and excuse_parts.tier_mode is null as is_ambiguous
    from excuse_parts
    union all
    select
        governed.employee_id,
        governed.month,
        governed.counter,
        1 as part_no,
        governed.counter as rule_code,
        'surat ' || governed.letter_no as legal_basis,
        governed.application_status as governing_status,
        'pct' as priced_by,
        null as base_name,
        governed.quantity as pct,
        null as candidates,
        null as share_sum,
        null as amount_idr,
        null as paid_pct,
        false as is_ambiguous
    from governed
    where governed.unit = 'pct'
),

based as (
    select
        governed.employee_id,
        governed.month,
        governed.counter,
        costs.part_no,
        governed.quantity,
        governed.letter_no,
        governed.opd_code,
        governed.regulation_code,
        case
            when 'announced' in (costs.governing_status, governed.application_status) then 'announced'
            else 'in_force'
        end as rule_status,
        costs.rule_code,
        costs.legal_basis,
        bases.base_name,
        bases.share_pct as base_share_pct,
        bases.is_default,
        costs.priced_by,
        case costs.priced_by
            when 'workday_share' then costs.share_sum / nullif(governed.workday_count, 0)
            when 'whole_month' then 100
            else costs.pct
        end as pct,
        case
            when costs.priced_by = 'idr' then costs.amount_idr
            when costs.priced_by = 'workday_share'
                then
                    costs.share_sum * bases.share_pct * governed.allowance_idr
                    / 100 / 100 / nullif(governed.workday_count, 0)
            else
                case costs.priced_by when 'whole_month' then 100 else costs.pct end
                * bases.share_pct * governed.allowance_idr / 100 / 100
        end as amount_idr,
        costs.candidates,
        costs.paid_pct,
        costs.is_ambiguous,
        governed.allowance_idr,
        governed.workday_count
    from costs
    inner join governed
        on
            costs.employee_id = governed.employee_id
            and costs.month = governed.month
            and costs.counter = governed.counter
    left join bases
        on
            governed.opd_code = bases.opd_code
            and governed.regulation_code = bases.regulation_code
            and governed.priced_on >= bases.governs_from
            and governed.priced_on < bases.governs_to
            and case when costs.base_name is null then bases.is_default else costs.base_name = bases.base_name end
),

decided as (
    select
        based.*,
        case
            when based.priced_by = 'idr' and based.amount_idr is not null then null
            when based.priced_by = 'workday_share' and coalesce(based.workday_count, 0) = 0
                then 'HARI_KERJA_TIDAK_DIKETAHUI'
            when based.pct is null and based.is_ambiguous then 'BACAAN_GANDA'
            when based.pct is null then 'TARIF_TIDAK_DIKETAHUI'
            when based.pct = 0 then null
            when based.base_share_pct is null then 'BAGIAN_TIDAK_DIKETAHUI'
            when based.allowance_idr is null then 'TPP_TIDAK_DIKETAHUI'
        end as undecided_code
    from based
),

final as (
    select
        decided.employee_id,
        decided.month,
        decided.counter,
        decided.part_no,
        decided.quantity,
        decided.opd_code,
        decided.regulation_code,
        decided.rule_status,
        decided.rule_code,
        decided.legal_basis,
        decided.base_name,
        decided.base_share_pct,
        coalesce(decided.is_default, false) as is_default_base,
        decided.priced_by,
        decided.pct::numeric(12, 4) as pct,
        trim_scale(decided.amount_idr) as amount_idr,
        decided.candidates,
        decided.paid_pct::numeric(6, 2) as paid_pct,
        decided.undecided_code,
        {{ stated_counter_reason() }} as reason
    from decided
    inner join regulations on decided.regulation_code = regulations.regulation_code
)

select * from final

-- What the counts of a month set off: a rate for a whole base, a sanction, or that cuts apply at all. Where cuts apply
-- from a count on, a row with is_fired false says that they do not: there is one for each month in which they would.
with

counters as (select * from {{ ref('stg_law__counters') }}),

quantities as (select * from {{ ref('int_counters__by_month') }}),

triggers as ({{ governing('month_triggers') }}),

bases as ({{ governing('allowance_bases') }}),

bands as (
    select distinct
        rules.regulation_code,
        rules.matter
    from {{ ref('stg_law__minute_bands') }} as rules
    where coalesce(rules.pct, rules.amount_idr) is not null
),

person_months as (
    select
        quantities.employee_id,
        quantities.month,
        quantities.regulation_code,
        max(quantities.opd_code) as opd_code
    from quantities
    where quantities.regulation_code in (select triggers.regulation_code from triggers)
    group by quantities.employee_id, quantities.month, quantities.regulation_code
),

-- Of a rule that changed within the month the later text holds.
asked as (
    select distinct on (person_months.employee_id, person_months.month, triggers.rule_code)
        person_months.employee_id,
        person_months.month,
        triggers.*,
        -- of the month, by this text: its base is the one of that day
        least(triggers.governs_to, (person_months.month + interval '1 month')::date) - 1 as last_governed
    from person_months
    inner join triggers
        on
            person_months.opd_code = triggers.opd_code
            and person_months.regulation_code = triggers.regulation_code
            and person_months.month + interval '1 month' > triggers.governs_from
            and person_months.month < triggers.governs_to
    order by
        person_months.employee_id asc, person_months.month asc, triggers.rule_code asc, triggers.governs_from desc
),

final as (
    select
        asked.employee_id,
        asked.month,
        asked.regulation_code,
        asked.governing_status as rule_status,
        asked.rule_code,
        asked.legal_basis,
        asked.counter,
        counters.matter,
        asked.at_least,
        coalesce(quantities.quantity, 0)::numeric(12, 2) as quantity,
        asked.effect,
        bases.base_name,
        bases.share_pct as base_share_pct,
        coalesce(bases.is_default, false) as is_default_base,
        asked.pct,
        asked.sanction,
        coalesce(quantities.quantity, 0) >= asked.at_least
        and coalesce(quantities.quantity, 0) <= coalesce(asked.at_most::numeric, quantities.quantity, 0) as is_fired,
        bands.matter is not null as has_rates
    from asked
    inner join counters on asked.counter = counters.counter
    left join quantities
        on
            asked.employee_id = quantities.employee_id
            and asked.month = quantities.month
            and asked.regulation_code = quantities.regulation_code
            and asked.counter = quantities.counter
    left join bases
        on
            asked.opd_code = bases.opd_code
            and asked.regulation_code = bases.regulation_code
            and asked.last_governed >= bases.governs_from
            and asked.last_governed < bases.governs_to
            and case when asked.base_name is null then bases.is_default else asked.base_name = bases.base_name end
    left join bands on asked.regulation_code = bands.regulation_code and counters.matter = bands.matter
)

select * from final
where is_fired or effect = 'cuts_apply'

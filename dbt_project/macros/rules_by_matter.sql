-- noqa: disable=LT02
{#-
    Every rule that prices something of a day, in one form, for the offices and days that it governs. A missing punch that
    counts as so many minutes has the rate of the band in which they lie. Reads the relation `policies` of the model that
    calls it: a punishment that a leader recorded has no rule, it stands beside all of them.
-#}
{% macro rules_by_matter() %}
    {%- set names = [
        'part_no', 'special_day', 'first_minute', 'end_minute', 'first_time', 'end_time', 'priced_by', 'rule_pct',
        'pct_low', 'pct_high', 'rule_idr', 'share_pct', 'base_name', 'decider', 'paid_pct', 'free_days_month',
        'spell_from_day', 'spell_to_day', 'spell_unit', 'tier_mode', 'leave_month_from', 'leave_month_to', 'minutes_per_day'
    ] -%}
    {%- set types = {
        'part_no': 'integer', 'first_minute': 'integer', 'end_minute': 'integer', 'first_time': 'time',
        'end_time': 'time', 'rule_pct': 'numeric', 'pct_low': 'numeric', 'pct_high': 'numeric', 'rule_idr': 'numeric',
        'share_pct': 'numeric', 'paid_pct': 'numeric', 'free_days_month': 'integer', 'spell_from_day': 'integer',
        'spell_to_day': 'integer', 'leave_month_from': 'integer', 'leave_month_to': 'integer',
        'minutes_per_day': 'integer'
    } -%}
    {%- set sources = [
        (
            'bands', 'bands.matter', 'bands.code',
            {
                'special_day': 'bands.special_day', 'first_minute': 'bands.from_minute', 'end_minute': 'bands.to_minute',
                'first_time': 'bands.from_time', 'end_time': 'bands.to_time', 'priced_by': 'bands.priced_by',
                'rule_pct': 'bands.pct', 'pct_low': 'bands.pct_low', 'pct_high': 'bands.pct_high',
                'rule_idr': 'bands.amount_idr', 'base_name': 'bands.base_name',
                'minutes_per_day': 'bands.minutes_per_day'
            }
        ),
        (
            'day_rules', 'day_rules.matter', 'day_rules.priced_code',
            {
                'special_day': 'day_rules.special_day', 'priced_by': 'day_rules.priced_way',
                'rule_pct': 'day_rules.priced_pct', 'pct_low': 'day_rules.priced_low',
                'pct_high': 'day_rules.priced_high', 'rule_idr': 'day_rules.priced_idr',
                'share_pct': 'day_rules.share_pct', 'base_name': 'day_rules.priced_base'
            }
        ),
        (
            'event_rules', 'event_rules.event_kind', 'event_rules.code',
            {
                'special_day': 'event_rules.special_day', 'priced_by': 'event_rules.priced_by',
                'rule_pct': 'event_rules.pct', 'rule_idr': 'event_rules.amount_idr',
                'base_name': 'event_rules.base_name', 'decider': 'event_rules.decided_by'
            }
        ),
        (
            'excuse_rules', 'excuse_rules.excuse_kind', 'excuse_rules.code',
            {
                'part_no': 'excuse_rules.part_no', 'priced_by': 'excuse_rules.priced_by',
                'rule_pct': 'excuse_rules.pct', 'pct_low': 'excuse_rules.pct_low',
                'pct_high': 'excuse_rules.pct_high', 'share_pct': 'excuse_rules.share_pct',
                'base_name': 'excuse_rules.base_name', 'paid_pct': 'excuse_rules.paid_pct',
                'free_days_month': 'excuse_rules.free_days_month', 'spell_from_day': 'excuse_rules.spell_from_day',
                'spell_to_day': 'excuse_rules.spell_to_day', 'spell_unit': 'excuse_rules.spell_unit',
                'tier_mode': 'excuse_rules.tier_mode', 'leave_month_from': 'excuse_rules.leave_month_from',
                'leave_month_to': 'excuse_rules.leave_month_to'
            }
        ),
        ('policies', "'hukuman'", "'HUKUMAN'", {'priced_by': "'pct'"})
    ] %}
    with bands as ({{ governing('minute_bands') }}),

    matters as ({{ governing('day_matters') }}),

    event_rules as ({{ governing('event_rules') }}),

    excuse_rules as ({{ governing('excuse_rules') }}),

    day_rules as (
        select
            matters.rule_code,
            matters.regulation_code,
            matters.opd_code,
            matters.matter,
            matters.special_day,
            matters.share_pct,
            matters.governing_status,
            matters.evidence,
            matters.legal_basis,
            matters.note,
            greatest(matters.governs_from, bands.governs_from) as governs_from,
            least(matters.governs_to, bands.governs_to) as governs_to,
            case when bands.rule_code is null then matters.code else bands.code end as priced_code,
            case when bands.rule_code is null then matters.priced_by else bands.priced_by end as priced_way,
            case when bands.rule_code is null then matters.pct else bands.pct end as priced_pct,
            case when bands.rule_code is null then matters.pct_low else bands.pct_low end as priced_low,
            case when bands.rule_code is null then matters.pct_high else bands.pct_high end as priced_high,
            case when bands.rule_code is null then matters.amount_idr else bands.amount_idr end as priced_idr,
            coalesce(matters.base_name, bands.base_name) as priced_base
        from matters
        left join bands
            on
                matters.opd_code = bands.opd_code
                and matters.regulation_code = bands.regulation_code
                and bands.matter = case matters.matter
                    when 'tanpa_masuk' then 'terlambat' when 'tanpa_pulang' then 'pulang_awal'
                end
                and matters.pct is null
                and matters.as_minutes >= bands.from_minute
                and matters.as_minutes < coalesce(bands.to_minute, matters.as_minutes + 1)
                and matters.special_day is not distinct from bands.special_day
                and matters.governs_from < bands.governs_to
                and matters.governs_to > bands.governs_from
    )

    {% for relation, matter, code, columns in sources %}
        select
            {{ relation }}.{{ 'rule_code' if relation != 'policies' else "regulation_code || '.hukuman'" }} as rule_code,
            {{ relation }}.regulation_code,
            {{ relation }}.opd_code,
            {{ matter }} as rule_matter,
            {{ code }} as code,
            {%- for name in names %}
            {{ columns.get(name, {'part_no': '1', 'decider': "'rule'"}.get(name, 'null')) }}::{{ types.get(name, 'text') }} as {{ name }},
            {%- endfor %}
            {{ relation }}.governs_from,
            {{ relation }}.governs_to,
            {{ relation }}.governing_status,
            {{ relation }}.evidence,
            {{ relation }}.legal_basis,
            {{ relation }}.note
        from {{ relation }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
{% endmacro %}

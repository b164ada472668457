{{ united_law(
    'combining_policies',
    [
        'rule_code',
        'regulation_code',
        'combine_mode',
        'daily_cap_pct',
        'monthly_cap_pct',
        'alpa_absorbs_events',
        'drift_ignored_s',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

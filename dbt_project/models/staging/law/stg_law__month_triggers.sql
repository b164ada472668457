{{ united_law(
    'month_triggers',
    [
        'rule_code',
        'regulation_code',
        'counter',
        'at_least',
        'at_most',
        'effect',
        'base_name',
        'pct',
        'sanction',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

{{ united_law(
    'reward_rules',
    [
        'rule_code',
        'regulation_code',
        'reward',
        'counter',
        'at_most',
        'min_workdays',
        'excludes',
        'ties',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

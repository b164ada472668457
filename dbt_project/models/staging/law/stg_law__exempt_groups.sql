{{ united_law(
    'exempt_groups',
    [
        'rule_code',
        'regulation_code',
        'group_code',
        'activity',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

{{ united_law(
    'regulation_applications',
    [
        'regulation_code',
        'purpose',
        'opd_code',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis'
    ],
    key='purpose', only='opd_code is null'
) }}

{{ united_law(
    'discipline_cuts',
    [
        'rule_code',
        'regulation_code',
        'sanction',
        'pct',
        'months',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

{{ united_law(
    'discipline_ladder',
    [
        'rule_code',
        'regulation_code',
        'kind',
        'at_least',
        'at_most',
        'level',
        'sanction',
        'pct',
        'months',
        'is_salary_stopped',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

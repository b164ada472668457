{{ united_law(
    'covered_persons',
    [
        'rule_code',
        'regulation_code',
        'employee_kind',
        'is_only_with_tpp',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

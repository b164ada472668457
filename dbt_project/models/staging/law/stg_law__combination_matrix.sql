{{ united_law(
    'combination_matrix',
    [
        'rule_code',
        'regulation_code',
        'row_code',
        'column_code',
        'pct',
        'pct_low',
        'pct_high',
        'base_name',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

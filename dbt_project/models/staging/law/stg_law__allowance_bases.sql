{{ united_law(
    'allowance_bases',
    [
        'rule_code',
        'regulation_code',
        'base_name',
        'share_pct',
        'is_default',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

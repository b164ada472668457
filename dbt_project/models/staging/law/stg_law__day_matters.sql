{{ united_law(
    'day_matters',
    [
        'rule_code',
        'regulation_code',
        'matter',
        'special_day',
        'code',
        'as_minutes',
        'priced_by',
        'pct',
        'pct_low',
        'pct_high',
        'amount_idr',
        'share_pct',
        'base_name',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

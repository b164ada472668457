{{ united_law(
    'minute_bands',
    [
        'rule_code',
        'regulation_code',
        'matter',
        'special_day',
        'code',
        'from_minute',
        'to_minute',
        'from_time',
        'to_time',
        'priced_by',
        'pct',
        'pct_low',
        'pct_high',
        'amount_idr',
        'base_name',
        'minutes_per_day',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

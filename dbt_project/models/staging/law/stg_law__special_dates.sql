{{ united_law(
    'special_dates',
    [
        'rule_code',
        'regulation_code',
        'special_day',
        'special_date',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ],
    also_by='rule_code'
) }}

{{ united_law(
    'event_rules',
    [
        'rule_code',
        'regulation_code',
        'event_kind',
        'special_day',
        'code',
        'priced_by',
        'pct',
        'amount_idr',
        'base_name',
        'decided_by',
        'is_on_holidays',
        'is_late_missed',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

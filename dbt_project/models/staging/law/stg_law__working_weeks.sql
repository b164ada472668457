{{ united_law(
    'working_weeks',
    [
        'rule_code',
        'regulation_code',
        'schedule_code',
        'claimed_week_minutes',
        'counted_by',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

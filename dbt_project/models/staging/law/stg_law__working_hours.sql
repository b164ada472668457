{{ united_law(
    'working_hours',
    [
        'rule_code',
        'regulation_code',
        'schedule_code',
        'day_group',
        'start_time',
        'end_time',
        'break_minutes',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

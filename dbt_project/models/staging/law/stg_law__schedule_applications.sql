{{ united_law(
    'schedule_applications',
    [
        'rule_code',
        'regulation_code',
        'schedule_code',
        'opd_code',
        'replaces_code',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ],
    marks_own='is_of_city'
) }}

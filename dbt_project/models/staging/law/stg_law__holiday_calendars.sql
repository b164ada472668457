{{ united_law(
    'holiday_calendars',
    [
        'rule_code',
        'regulation_code',
        'decree',
        'published_on',
        'holiday_date',
        'name',
        'kind',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

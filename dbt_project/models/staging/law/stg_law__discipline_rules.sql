{{ united_law(
    'discipline_rules',
    [
        'rule_code',
        'regulation_code',
        'convert_minutes',
        'carry_remainder',
        'counts_late',
        'counts_early',
        'applies_to',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

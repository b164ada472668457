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
        'act_within_days',
        'summon_basis',
        'neglect_basis',
        'rule_status',
        'valid_from',
        'valid_to',
        'evidence',
        'legal_basis',
        'note'
    ]
) }}

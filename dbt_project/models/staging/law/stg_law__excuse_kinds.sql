{{ united_law(
    'excuse_kinds',
    [
        'excuse_kind',
        'status',
        'treat_as',
        'label',
        'needs_letter',
        'evidence',
        'legal_basis'
    ],
    key='excuse_kind'
) }}

{{ united_law(
    'counters',
    [
        'counter',
        'matter',
        'code',
        'excuse_kind',
        'unit'
    ],
    key='counter'
) }}

{{ united_law(
    'regulations',
    [
        'regulation_code',
        'short_name',
        'title',
        'region',
        'level',
        'is_text_seen',
        'evidence',
        'source'
    ]
) }}

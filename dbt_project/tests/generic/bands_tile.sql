-- Red when the minute bands of a matter leave a minute without a band or give one two bands, on any
-- day on which a band begins. Bands are [from_minute, to_minute); the first begins at the first
-- whole minute, the last has no end.
{% test bands_tile(model) %}

with moments as (
    select distinct
        regulation_code,
        matter,
        valid_from as on_date
    from {{ model }}
),

bands as (
    select
        moments.regulation_code,
        moments.matter,
        moments.on_date,
        bands.from_minute,
        bands.to_minute,
        lag(bands.to_minute) over previous_band as previous_to_minute,
        row_number() over previous_band as band_no,
        lead(bands.from_minute) over previous_band as next_from_minute
    from moments
    inner join {{ model }} as bands
        on
            moments.regulation_code = bands.regulation_code
            and moments.matter = bands.matter
            and moments.on_date >= bands.valid_from
            and moments.on_date < coalesce(bands.valid_to, 'infinity'::date)
    window previous_band as (
        partition by moments.regulation_code, moments.matter, moments.on_date
        order by bands.from_minute
    )
)

select *
from bands
where
    (band_no = 1 and from_minute <> 1)
    or (band_no > 1 and from_minute is distinct from previous_to_minute)
    or (next_from_minute is null and to_minute is not null)
    or to_minute <= from_minute

{% endtest %}

-- Red when the minute bands of a matter leave a minute without a band or give one two bands, on any
-- day on which a band begins. Bands are [from_minute, to_minute); the first begins at the first
-- whole minute, the last has no end. Bands by the clock have no minutes and are not looked at here.
{% test bands_tile(model) %}

with minute_rows as (
    select
        regulation_code,
        matter,
        coalesce(special_day, '') as special_day,
        valid_from,
        valid_to,
        from_minute,
        to_minute
    from {{ model }}
    where from_time is null
),

moments as (
    select distinct
        regulation_code,
        matter,
        special_day,
        valid_from as on_date
    from minute_rows
),

bands as (
    select
        moments.regulation_code,
        moments.matter,
        moments.special_day,
        moments.on_date,
        minute_rows.from_minute,
        minute_rows.to_minute,
        lag(minute_rows.to_minute) over previous_band as previous_to_minute,
        row_number() over previous_band as band_no,
        lead(minute_rows.from_minute) over previous_band as next_from_minute
    from moments
    inner join minute_rows
        on
            moments.regulation_code = minute_rows.regulation_code
            and moments.matter = minute_rows.matter
            and moments.special_day = minute_rows.special_day
            and moments.on_date >= minute_rows.valid_from
            and moments.on_date < coalesce(minute_rows.valid_to, 'infinity'::date)
    window previous_band as (
        partition by moments.regulation_code, moments.matter, moments.special_day, moments.on_date
        order by minute_rows.from_minute
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

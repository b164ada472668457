-- Runs of records with a wrong clock that wait for a person.
select
    terminal_serial,
    source,
    first_ordinal,
    pin_count,
    coalesce(before_local, after_local, landed_at at time zone 'UTC')::date as since_date
from {{ source('ops', 'open_clock_runs') }}

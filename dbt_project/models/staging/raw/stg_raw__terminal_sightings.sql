-- Attempts at which another terminal than the registered one answered.
select
    sightings.pull_id,
    sightings.terminal_serial,
    sightings.found_serial,
    sightings.address
from {{ source('raw', 'terminal_sightings') }} as sightings
where exists (
    select 1 from {{ ref('stg_ops__build_pulls') }} as known
    where known.pull_id = sightings.pull_id
)

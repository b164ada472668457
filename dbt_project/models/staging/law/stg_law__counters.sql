select
    counter,
    matter,
    code,
    excuse_kind,
    unit
from {{ ref('counters') }}

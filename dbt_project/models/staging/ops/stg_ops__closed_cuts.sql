-- Cuts of every lock, as they stood then.
select
    transition_id,
    deduction_id,
    employee_id,
    work_date,
    pct,
    fixed_idr,
    amount_idr,
    state
from {{ source('ops', 'closed_cuts') }}

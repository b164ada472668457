-- Differences of earlier months that a lock has put onto its own month for payment.
select
    transition_id,
    month,
    employee_id,
    opd_code,
    due_payable_pct,
    due_payable_idr,
    causes
from {{ source('ops', 'closed_susulan') }}

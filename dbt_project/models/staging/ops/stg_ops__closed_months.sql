-- Figures of every lock, the refused ones too; stg_ops__month_states says which are shown.
select
    transition_id,
    employee_id,
    month,
    opd_code,
    base_idr,
    payable_pct,
    payable_idr,
    projected_pct,
    projected_idr,
    undecided_count,
    incomplete_day_count,
    alpa_day_count,
    month_state,
    pct,
    attendance_part_pct,
    total_part_pct,
    paid_pct,
    cut_idr,
    candidates,
    triggers,
    reason
from {{ source('ops', 'closed_months') }}

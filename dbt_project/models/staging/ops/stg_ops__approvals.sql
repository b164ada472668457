-- Decisions that hold: no later one names them.
select
    approvals.approval_id,
    approvals.matter,
    approvals.event_id,
    approvals.month,
    approvals.terminal_serial,
    approvals.pin,
    approvals.answer,
    approvals.pct,
    approvals.amount_idr,
    approvals.excepted,
    approvals.employee_id,
    approvals.decided_by,
    approvals.role,
    approvals.letter_no,
    approvals.decided_at,
    approvals.channel
from {{ source('ops', 'approvals') }} as approvals
where
    not exists (
        select 1 from {{ source('ops', 'approvals') }} as later
        where later.supersedes = approvals.approval_id
    )

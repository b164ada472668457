-- Corrections that hold; those that were taken back are not here.
select
    correction_id,
    employee_id,
    work_date,
    what,
    stated_time,
    terminal_serial,
    punched_at_local,
    reason,
    decided_by,
    role,
    letter_no
from {{ source('ops', 'current_corrections') }}

-- What comparing a photo gave: who, when, where and the outcome.
select
    verification_id as case_no,
    terminal_serial,
    pin,
    taken_at_local,
    employee_id,
    outcome,
    is_borderline
from {{ source('biometrics', 'outcomes') }}

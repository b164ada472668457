select
    terminal_serial,
    pin,
    employee_id
from {{ source('ops', 'pin_decisions') }}

-- Clocks that a person set with our program: what they showed before, afterwards, and where it failed.
select
    setting_id,
    terminal_serial,
    step,
    at as set_at,
    device_clock_local,
    clock_drift_s
from {{ source('ops', 'clock_settings') }}

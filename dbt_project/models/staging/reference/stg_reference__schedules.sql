select
    schedule_code,
    name,
    cycle_start,
    cycle_days,
    day_no,
    shift_no,
    start_time,
    end_time,
    works_on_holidays,
    valid_from,
    valid_to,
    legal_basis
from {{ source('reference', 'schedules') }}
where {{ known_at_build() }}

select
    employee_id,
    work_date,
    time_in,
    time_out,
    signer,
    letter_no
from {{ source('reference', 'manual_attendance') }}
where {{ known_at_build() }}

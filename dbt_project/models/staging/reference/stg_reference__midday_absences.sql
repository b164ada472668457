select
    employee_id,
    work_date,
    from_time,
    to_time,
    coalesce(minutes, (extract(epoch from to_time - from_time) / 60)::integer) as minutes,
    letter_no
from {{ source('reference', 'midday_absences') }}
where {{ known_at_build() }}

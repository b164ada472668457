-- Leaving the office in working hours belongs to the shift in which it began, or else to the first of the day.
with

absences as (select * from {{ ref('stg_reference__midday_absences') }}),

shifts as (select * from {{ ref('int_shifts__resolved') }}),

final as (
    select distinct on (absences.employee_id, absences.work_date)
        absences.employee_id,
        absences.work_date,
        shifts.shift_no,
        absences.minutes,
        absences.letter_no
    from absences
    inner join shifts on absences.employee_id = shifts.employee_id and absences.work_date = shifts.work_date
    order by
        absences.employee_id asc,
        absences.work_date asc,
        coalesce(
            absences.work_date + absences.from_time >= shifts.starts_at_local
            and absences.work_date + absences.from_time < shifts.ends_at_local, false
        ) desc,
        shifts.shift_no asc
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- The shifts of each schedule on each date, holidays taken out, with the parameters of that date: the schedules of the
-- city, and those of the law that hold for somebody. A schedule of the city takes the place of its namesake in the law.
-- Two days beyond both ends, because a capture window looks at the neighbouring shifts, and to the end of the month,
-- because a day's share of an allowance is reckoned by the workdays of the whole month.
with

current_build as (select * from {{ ref('stg_ops__current_build') }}),

own_schedules as (select * from {{ ref('stg_reference__schedules') }}),

holidays as (select * from {{ ref('int_holidays__known') }}),

parameters as (select * from {{ ref('attendance_parameters') }}),

scheduled as (select * from {{ ref('int_employees__scheduled') }}),

law_schedules as (
    select
        hours.schedule_code,
        date '2001-01-01' as cycle_start, -- a Monday
        7 as cycle_days,
        array_position(array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], hours.day_group) as day_no,
        1 as shift_no,
        hours.start_time,
        hours.end_time,
        false as works_on_holidays,
        hours.valid_from,
        hours.valid_to
    from {{ ref('stg_law__working_hours') }} as hours
    where
        hours.rule_status = 'in_force'
        and hours.schedule_code in (select scheduled.schedule_code from scheduled)
        and hours.schedule_code not in (select own_schedules.schedule_code from own_schedules)
),

schedules as (
    select
        own_schedules.schedule_code,
        own_schedules.cycle_start,
        own_schedules.cycle_days,
        own_schedules.day_no,
        own_schedules.shift_no,
        own_schedules.start_time,
        own_schedules.end_time,
        own_schedules.works_on_holidays,
        own_schedules.valid_from,
        own_schedules.valid_to
    from own_schedules
    union all
    select * from law_schedules
),

spine as (
    select generate_series(
        (select min(terminals.installed_on) from {{ ref('stg_reference__terminals') }} as terminals) - 2,
        (select greatest(
            current_build.as_of::date + 4,
            (date_trunc('month', current_build.as_of) + interval '1 month - 1 day')::date
        ) from current_build),
        interval '1 day'
    )::date as work_date
),

shifts as (
    select
        schedules.schedule_code,
        spine.work_date,
        schedules.shift_no,
        spine.work_date + schedules.start_time as starts_at_local,
        spine.work_date + schedules.end_time
        + case when schedules.end_time <= schedules.start_time then interval '1 day' else interval '0' end
            as ends_at_local,
        parameters.capture_before_minutes * interval '1 minute' as capture_before,
        parameters.capture_after_minutes * interval '1 minute' as capture_after,
        parameters.short_gap_minutes * interval '1 minute' as short_gap,
        parameters.change_overlap_minutes * interval '1 minute' as change_overlap
    from spine
    inner join schedules
        on
            spine.work_date >= schedules.valid_from
            and spine.work_date < coalesce(schedules.valid_to, 'infinity')
            and schedules.day_no
            = ((spine.work_date - schedules.cycle_start) % schedules.cycle_days + schedules.cycle_days)
            % schedules.cycle_days + 1
    inner join parameters
        on
            spine.work_date >= parameters.valid_from
            and spine.work_date < coalesce(parameters.valid_to, 'infinity')
    left join holidays on spine.work_date = holidays.holiday_date
    where schedules.works_on_holidays or holidays.holiday_date is null
),

-- Neighbours within the schedule; at the border of an assignment the roster looks again.
final as (
    select
        shifts.*,
        lag(shifts.work_date) over schedule_time as previous_date,
        lead(shifts.work_date) over schedule_time as next_date,
        shifts.starts_at_local - lag(shifts.ends_at_local) over schedule_time as gap_before,
        lead(shifts.starts_at_local) over schedule_time - shifts.ends_at_local as gap_after
    from shifts
    window schedule_time as (partition by shifts.schedule_code order by shifts.starts_at_local)
)

select * from final

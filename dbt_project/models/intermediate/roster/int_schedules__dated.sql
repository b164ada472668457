{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- The shifts of each schedule on each date, holidays taken out, with the parameters of that date.
-- Two days beyond both ends, because a capture window looks at the neighbouring shifts, and to the end of the month,
-- because a day's share of an allowance is reckoned by the workdays of the whole month.
with

current_build as (select * from {{ ref('stg_ops__current_build') }}),

schedules as (select * from {{ ref('stg_reference__schedules') }}),

holidays as (select * from {{ ref('stg_reference__holidays') }}),

parameters as (select * from {{ ref('attendance_parameters') }}),

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

{{ config(materialized='view') }}

-- The roll of each apel, upacara or holiday ceremony, office by office.

with event_attendance as (
    select * from {{ ref('fct_event_attendance') }}
),

events as (
    select * from {{ ref('stg_reference__events') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

final as (
    select
        event_attendance.event_id,
        event_attendance.kind,
        events.name,
        event_attendance.event_date,
        event_attendance.opd_code,
        opds.opd_name,
        count(*) as expected_count,
        count(*) filter (where event_attendance.status = 'HADIR') as present_count,
        count(*) filter (where event_attendance.status = 'DIKECUALIKAN') as excused_count,
        count(*) filter (where left(event_attendance.status, 6) = 'TIDAK_') as absent_count,
        count(*) filter (where event_attendance.status = 'BELUM_LENGKAP') as incomplete_count
    from event_attendance
    inner join events on event_attendance.event_id = events.event_id
    inner join opds on event_attendance.opd_code = opds.opd_code
    group by
        event_attendance.event_id, event_attendance.kind, events.name, event_attendance.event_date,
        event_attendance.opd_code, opds.opd_name
)

select * from final

{{ config(materialized='view') }}

-- What waits for somebody to decide it, the oldest first, with what to do.

with deductions as (
    select * from {{ ref('fct_deductions') }}
    where
        state = 'UNDECIDED'
        and event_id is not null
),

events as (
    select * from {{ ref('stg_reference__events') }}
),

month_states as (
    select * from {{ ref('rpt_month_states') }}
),

quarantine as (
    select * from {{ ref('stg_dq__quarantine') }}
),

claims as (
    select * from {{ ref('int_pins__claimed') }}
),

pin_decisions as (
    select * from {{ ref('stg_ops__pin_decisions') }}
),

objections as (
    select * from {{ ref('fct_objections') }}
    where state in ('DIAJUKAN', 'LEWAT_TENGGAT')
),

pending as (
    select
        excuses.*,
        coalesce(excuses.requested_on, excuses.date_from) as asked_on
    from {{ ref('stg_reference__excuses') }} as excuses
    where excuses.decision = 'pending'
),

kinds as (select * from {{ ref('stg_law__excuse_kinds') }}),

postings as (select * from {{ ref('stg_reference__postings') }}),

measures as (
    select * from {{ ref('int_measures__by_office') }}
    where request_expiry_days is not null
),

current_build as (select * from {{ ref('stg_ops__current_build') }}),

clock_runs as (
    select * from {{ ref('stg_ops__open_clock_runs') }}
),

terminals as (
    select * from {{ ref('int_terminals__last_office') }}
),

phbi as (
    select
        'phbi_sanction' as matter,
        events.event_id as subject,
        'Sanksi ' || events.name as title,
        events.event_date as since_date,
        count(distinct deductions.employee_id) as people_count,
        'hadir decide phbi ' || events.event_id || ', atau tugas decide_phbi_sanctions di Airflow' as what_to_do
    from deductions
    inner join events on deductions.event_id = events.event_id
    where deductions.trace ->> 'undecided_code' = 'MENUNGGU_KEPUTUSAN'
    group by events.event_id, events.name, events.event_date
),

closings as (
    select
        'month_close' as matter,
        to_char(month_states.month, 'YYYY-MM') as subject,
        'Penutupan bulan ' || to_char(month_states.month, 'YYYY-MM')
        || case when month_states.close_state = 'LOCKED' then ' (terkunci, menunggu tanda tangan)' else '' end as title,
        (month_states.month + interval '1 month')::date as since_date,
        month_states.people_count,
        'hadir close ' || to_char(month_states.month, 'YYYY-MM')
        || ', atau tugas close_attendance_month di Airflow' as what_to_do
    from month_states
    where month_states.is_over and month_states.close_state <> 'CLOSED'
),

unknown_pins as (
    select
        quarantine.terminal_serial,
        quarantine.pin,
        min(quarantine.punched_at_local)::date as since_date
    from quarantine
    left join claims on quarantine.terminal_serial = claims.terminal_serial and quarantine.pin = claims.pin
    left join pin_decisions
        on quarantine.terminal_serial = pin_decisions.terminal_serial and quarantine.pin = pin_decisions.pin
    where claims.pin is null and pin_decisions.pin is null
    group by quarantine.terminal_serial, quarantine.pin
),

users as (
    select
        terminal_serial,
        count(distinct employee_id) as people_count
    from claims
    group by terminal_serial
),

pins as (
    select
        'pin' as matter,
        unknown_pins.terminal_serial || ' ' || unknown_pins.pin as subject,
        'PIN ' || unknown_pins.pin || ' di ' || coalesce(terminals.label, unknown_pins.terminal_serial) as title,
        unknown_pins.since_date,
        coalesce(users.people_count, 0) as people_count,
        'hadir decide pin ' || unknown_pins.terminal_serial || ' ' || unknown_pins.pin
        || ' PEGAWAI (atau nobody)' as what_to_do
    from unknown_pins
    left join terminals on unknown_pins.terminal_serial = terminals.terminal_serial
    left join users on unknown_pins.terminal_serial = users.terminal_serial
),

unanswered as (
    select
        'objection' as matter,
        objection_id::text as subject,
        'Keberatan ' || objection_id || ', dijawab paling lambat ' || to_char(deadline_date, 'DD-MM-YYYY')
        || case when state = 'LEWAT_TENGGAT' then ' (lewat tenggat)' else '' end as title,
        filed_on as since_date,
        1::bigint as people_count,
        'hadir decide objection answer ' || objection_id || ' --accept (atau --reject)' as what_to_do
    from objections
),

-- Requests past the date by which they were to be decided, and those that the regulation of the office has refused by
-- itself in the meantime: they wait for a person as well, for the day is judged without them.
overdue as (
    select distinct on (pending.excuse_id)
        pending.excuse_id,
        pending.date_from,
        pending.asked_on,
        pending.deadline,
        kinds.label,
        measures.legal_basis,
        case
            when current_build.as_of::date - pending.asked_on > measures.request_expiry_days
                then measures.request_expiry_days
        end as expired_days
    from pending
    cross join current_build
    inner join kinds on pending.kind = kinds.excuse_kind
    left join postings
        on
            pending.employee_id = postings.employee_id
            and pending.date_from >= postings.valid_from
            and pending.date_from < coalesce(postings.valid_to, 'infinity')
    left join measures
        on
            postings.opd_code = measures.opd_code
            and pending.date_from >= measures.governs_from
            and pending.date_from < measures.governs_to
    where
        current_build.as_of::date > pending.deadline
        or current_build.as_of::date - pending.asked_on > measures.request_expiry_days
    order by pending.excuse_id
),

requests as (
    select
        'excuse' as matter,
        overdue.excuse_id as subject,
        'Permohonan ' || overdue.excuse_id || ', ' || overdue.label || ' mulai '
        || to_char(overdue.date_from, 'DD-MM-YYYY')
        || coalesce(
            ' (ditolak dengan sendirinya: lebih dari ' || overdue.expired_days || ' hari tanpa jawaban; '
            || overdue.legal_basis || ')',
            ', tenggat ' || to_char(overdue.deadline, 'DD-MM-YYYY') || ' (lewat tenggat)'
        ) as title,
        overdue.asked_on as since_date,
        1::bigint as people_count,
        'isi decision approved atau refused di berkas excuses folder situs, lalu hadir site load' as what_to_do
    from overdue
),

clocks as (
    select
        'clock' as matter,
        clock_runs.terminal_serial || ' ' || left(clock_runs.source, 12) || '/' || clock_runs.first_ordinal as subject,
        'Jam mesin yang salah di ' || coalesce(terminals.label, clock_runs.terminal_serial) as title,
        clock_runs.since_date,
        clock_runs.pin_count as people_count,
        'hadir clock list, lalu hadir decide clock ' || clock_runs.terminal_serial || ' '
        || left(clock_runs.source, 12) || '/' || clock_runs.first_ordinal as what_to_do
    from clock_runs
    left join terminals on clock_runs.terminal_serial = terminals.terminal_serial
),

final as (
    select * from phbi
    union all
    select * from closings
    union all
    select * from pins
    union all
    select * from unanswered
    union all
    select * from requests
    union all
    select * from clocks
)

select * from final

{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'event_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['event_date', 'employee_id', 'event_id'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- Who was at a roll call or ceremony, by a punch in its window or by the hand list. Absence is read from the one that the
-- event names; presence on a hand list counts either way (a ceremony where not every finger is known to the terminal).
with

expected as (
    select expected.* from {{ ref('int_events__expected') }} as expected
    where {{ only_touched(bounds, 'event_date', 'expected') }}
),

-- The first punch inside the window at the event's terminal, or the time on a hand list of that day.
punched_on_duty as (
    select distinct on (expected.employee_id, expected.event_id)
        expected.employee_id,
        expected.event_id,
        assigned.punched_at_local,
        assigned.terminal_serial,
        assigned.channel
    from expected
    inner join {{ ref('int_punches__assigned_to_shift') }} as assigned
        on
            expected.employee_id = assigned.employee_id
            and expected.work_date = assigned.work_date
            and expected.shift_no = assigned.shift_no
            and expected.window_from_local <= assigned.punched_at_local
            and expected.window_to_local > assigned.punched_at_local
    where
        expected.attendance_by = 'terminal'
        and (
            assigned.channel in ('daftar_hadir', 'koreksi')
            or expected.event_terminal_serial is null
            or assigned.terminal_serial = expected.event_terminal_serial
        )
        {%- if is_incremental() %}
            and assigned.work_date between date '{{ bounds.first }}' and date '{{ bounds.last }}'
        {%- endif %}
    order by expected.employee_id, expected.event_id, assigned.punched_at_local, assigned.terminal_serial
),

-- Who has no shift that day has punches of no shift; they are looked for only where somebody was expected so.
punched_off_duty as (
    select distinct on (expected.employee_id, expected.event_id)
        expected.employee_id,
        expected.event_id,
        punches.punched_at_local,
        punches.terminal_serial,
        'terminal' as channel
    from expected
    inner join {{ ref('int_pins__resolved') }} as pins
        on
            expected.employee_id = pins.employee_id
            and expected.event_date >= pins.valid_from
            and expected.event_date < pins.valid_to
    inner join {{ ref('stg_raw__punches') }} as punches
        on
            pins.terminal_serial = punches.terminal_serial
            and pins.pin = punches.pin
            and expected.window_from_local <= punches.punched_at_local
            and expected.window_to_local > punches.punched_at_local
    where
        exists (
            select 1
            from expected as off_duty
            where off_duty.shift_no is null
        )
        and expected.shift_no is null
        and expected.attendance_by = 'terminal'
        and (expected.event_terminal_serial is null or punches.terminal_serial = expected.event_terminal_serial)
        {%- if is_incremental() %}
            and punches.punched_at_local >= timestamp '{{ bounds.first }}'
            and punches.punched_at_local < timestamp '{{ bounds.last }}' + interval '1 day'
        {%- endif %}
    order by expected.employee_id, expected.event_id, punches.punched_at_local, punches.terminal_serial
),

punched as (
    select * from punched_on_duty
    union all
    select * from punched_off_duty
),

hand_lists as (select * from {{ ref('stg_reference__event_attendance') }}),

-- A list says who was absent only for the offices of which it names somebody.
listed_offices as (
    select distinct
        hand_lists.event_id,
        postings.opd_code
    from hand_lists
    inner join {{ ref('stg_reference__events') }} as events on hand_lists.event_id = events.event_id
    inner join {{ ref('stg_reference__postings') }} as postings
        on
            hand_lists.employee_id = postings.employee_id
            and events.event_date >= postings.valid_from
            and events.event_date < coalesce(postings.valid_to, 'infinity')
),

excuses as (select * from {{ ref('int_excuses__by_day') }}),

watched as (
    select watched.* from {{ ref('int_windows__watched') }} as watched
    where watched.kind = 'acara' and {{ only_touched_dates(bounds, 'work_date', 'watched') }}
),

held as (
    select held.* from {{ ref('int_shifts__held') }} as held
    where held.is_all_held and {{ only_touched(bounds, 'work_date', 'held') }}
),

gathered as (
    select
        expected.event_id,
        expected.employee_id,
        expected.event_date,
        expected.kind,
        expected.opd_code,
        expected.attendance_by,
        expected.shift_no,
        expected.is_late_missed,
        expected.exempt_by is not null or coalesce(
            excuses.is_full
            or (excuses.is_masuk and expected.is_in_first_half)
            or (excuses.is_pulang and not expected.is_in_first_half), false
        ) as is_excused,
        coalesce('dibebaskan dari acara ini (' || expected.exempt_by || ')', excuses.label) as excuse_label,
        punched.punched_at_local,
        punched.terminal_serial,
        punched.channel,
        hand_lists.is_present,
        listed_offices.opd_code is not null as is_office_listed,
        coalesce(
            watched.is_read and watched.is_alive
            and (expected.employee_id = any(watched.only_employee_ids)) is not true, false
        )
        and held.employee_id is null as is_judged,
        'TIDAK_' || case
            when expected.kind like 'apel%' then 'APEL'
            when expected.kind like 'upacara%' then 'UPACARA'
            else upper(expected.kind)
        end as absence_status
    from expected
    left join punched on expected.event_id = punched.event_id and expected.employee_id = punched.employee_id
    left join hand_lists
        on
            expected.event_id = hand_lists.event_id
            and expected.employee_id = hand_lists.employee_id
    left join listed_offices
        on expected.event_id = listed_offices.event_id and expected.opd_code = listed_offices.opd_code
    left join excuses on expected.employee_id = excuses.employee_id and expected.work_date = excuses.work_date
    left join watched
        on
            expected.terminal_set = watched.terminal_set
            and expected.event_date = watched.work_date
            and expected.window_from_local = watched.judged_from
            and expected.window_to_local = watched.judged_to
    left join held
        on
            expected.employee_id = held.employee_id
            and expected.work_date = held.work_date
            and expected.shift_no = held.shift_no
),

judged as (
    select
        gathered.*,
        case
            when gathered.punched_at_local is not null or gathered.is_present then 'HADIR'
            when gathered.is_excused then 'DIKECUALIKAN'
            when gathered.attendance_by = 'daftar_hadir' and (gathered.is_present is false or gathered.is_office_listed)
                then gathered.absence_status
            when gathered.attendance_by = 'terminal' and gathered.is_judged then gathered.absence_status
            else 'BELUM_LENGKAP'
        end as status
    from gathered
),

final as (
    select
        judged.event_id,
        judged.employee_id,
        judged.event_date,
        judged.kind,
        judged.opd_code,
        judged.status,
        judged.punched_at_local,
        judged.terminal_serial,
        coalesce(
            judged.channel, case when judged.is_present then 'daftar_hadir' end, judged.attendance_by
        ) as source,
        case
            when judged.punched_at_local is not null and judged.channel <> 'terminal'
                then
                    'Hadir menurut ' || replace(judged.channel, '_', ' ') || ' pukul ' || judged.punched_at_local::time
            when judged.punched_at_local is not null
                then 'Rekaman pukul ' || judged.punched_at_local::time || ' di terminal ' || judged.terminal_serial
            when judged.is_present then 'Tercatat hadir pada daftar acara'
            when judged.status = 'DIKECUALIKAN' then 'Dikecualikan: ' || judged.excuse_label
            when judged.status <> 'BELUM_LENGKAP' and judged.attendance_by = 'daftar_hadir'
                then 'Tidak tercatat hadir pada daftar acara yang memuat kantornya'
            when judged.status <> 'BELUM_LENGKAP' and judged.is_late_missed
                then
                    'Tidak ada rekaman sampai acara dimulai; yang terlambat dianggap tidak hadir; terminal terbaca '
                    || 'dan menyala'
            when judged.status <> 'BELUM_LENGKAP'
                then 'Tidak ada rekaman dalam jendela acara; terminal terbaca dan menyala'
            when judged.attendance_by = 'daftar_hadir' then 'Belum dapat dinilai: daftar acara belum memuat kantornya'
            else 'Belum dapat dinilai: terminal acara belum terbaca, tanpa tanda hidup, atau rekaman tertahan'
        end as reason,
        judged.shift_no::integer as shift_no,
        {{ current_build_id() }} as build_id
    from judged
)

select * from final

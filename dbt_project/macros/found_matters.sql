{#-
    What is found in the attendance facts that may cost something: relations `shift_matters`, `alpa_days` and `found`. Reads
    the relations `shifts`, `missed_events`, `daily_attendance`, `events`, `event_rulings`, `overrides` and `excuse_kinds`
    of the model that calls it.
-#}
{% macro found_matters() %}
-- A matter of an end of a shift has its own row per shift, a matter of the day (alpa, an excuse that costs)
-- one per day. clock_ok_from and clock_ok_to: corrected times at which nothing would be wrong; minutes
-- are whole, so up to 59 seconds on either side are neither late nor early.
shift_matters as (
    select
        shifts.*,
        matters.matter,
        matters.is_day_matter,
        excuse_kinds.label as excuse_label,
        matters.minutes,
        matters.judged_at_local,
        matters.clock_ok_from,
        matters.clock_ok_to,
        count(*) over same_matters as same_matter_count,
        row_number() over (same_matters order by shifts.shift_no) as same_matter_no
    from shifts
    left join excuse_kinds on shifts.excuse_kind = excuse_kinds.excuse_kind
    cross join
        lateral (
            values
            (
                'TERLAMBAT', 'terlambat', false, shifts.late_minutes, shifts.in_at_local,
                '0001-01-01'::timestamp,
                coalesce(shifts.due_in_local, shifts.starts_at_local) + interval '60 seconds'
            ),
            (
                'PULANG_AWAL', 'pulang_awal', false, shifts.early_minutes, shifts.out_at_local,
                coalesce(shifts.due_out_local, shifts.ends_at_local) - interval '59 seconds', '9999-12-31'::timestamp
            ),
            ('TANPA_MASUK', 'tanpa_masuk', false, null, null, null, null),
            ('TANPA_PULANG', 'tanpa_pulang', false, null, null, null, null),
            ('KELUAR_SEMENTARA', 'keluar_sementara', false, shifts.midday_minutes, null, null, null),
            ('ALPA', 'alpa', true, null, null, null, null),
            (null, excuse_kinds.excuse_kind, true, null, null, null, null)
        ) as matters (status_word, matter, is_day_matter, minutes, judged_at_local, clock_ok_from, clock_ok_to)
    where
        (
            shifts.excuse_id is not null
            or shifts.statuses && array[
                'TERLAMBAT', 'PULANG_AWAL', 'TANPA_MASUK', 'TANPA_PULANG', 'KELUAR_SEMENTARA', 'ALPA'
            ]
        )
        and (
            matters.status_word = any(shifts.statuses)
            or (
                matters.status_word is null and matters.matter is not null
                -- leave for a side of the day does not cover who never came: he is absent, or not yet judged
                and (
                    'HADIR' = any(shifts.statuses)
                    or not shifts.statuses && array['ALPA', 'TIDAK_DIHITUNG', 'BELUM_LENGKAP']
                )
            )
        )
    window same_matters as (partition by shifts.employee_id, shifts.work_date, matters.matter)
),

alpa_days as (
    select distinct
        employee_id,
        work_date
    from shift_matters
    where matter = 'alpa'
),

found as (
    select
        concat_ws(
            '/', shift_matters.employee_id, shift_matters.work_date, shift_matters.matter,
            case when not shift_matters.is_day_matter then shift_matters.shift_no end
        ) as deduction_id,
        shift_matters.employee_id,
        shift_matters.work_date,
        shift_matters.shift_no,
        shift_matters.opd_code,
        shift_matters.schedule_code,
        shift_matters.starts_at_local,
        shift_matters.ends_at_local,
        shift_matters.excuse_id,
        shift_matters.excuse_kind,
        shift_matters.matter,
        shift_matters.minutes,
        shift_matters.judged_at_local,
        shift_matters.clock_ok_from,
        shift_matters.clock_ok_to,
        shift_matters.matter = 'alpa'
        and shift_matters.same_matter_count < daily_attendance.shift_count as is_part_of_day,
        false as is_alpa_event,
        null::text as event_id,
        shift_matters.excuse_label as subject,
        null::text as event_terminal_serial
    from shift_matters
    left join daily_attendance
        on
            shift_matters.matter = 'alpa'
            and shift_matters.employee_id = daily_attendance.employee_id
            and shift_matters.work_date = daily_attendance.work_date
    where shift_matters.same_matter_no = 1 or not shift_matters.is_day_matter
    union all
    select
        concat_ws('/', missed_events.employee_id, missed_events.event_date, missed_events.event_id) as deduction_id,
        missed_events.employee_id,
        missed_events.event_date as work_date,
        shifts.shift_no,
        missed_events.opd_code,
        shifts.schedule_code,
        shifts.starts_at_local,
        shifts.ends_at_local,
        shifts.excuse_id,
        shifts.excuse_kind,
        coalesce(event_rulings.matter, split_part(missed_events.kind, '_', 1)) as matter,
        null as minutes,
        null as judged_at_local,
        case when events.attendance_by = 'terminal' then events.event_date + events.window_from end as clock_ok_from,
        case when events.attendance_by = 'terminal' then events.event_date + events.window_to end as clock_ok_to,
        false as is_part_of_day,
        alpa_days.employee_id is not null as is_alpa_event,
        missed_events.event_id,
        events.name as subject,
        events.terminal_serial as event_terminal_serial
    from missed_events
    inner join events on missed_events.event_id = events.event_id
    left join shifts
        on
            missed_events.employee_id = shifts.employee_id
            and missed_events.event_date = shifts.work_date
            and missed_events.shift_no = shifts.shift_no
    left join alpa_days
        on
            missed_events.employee_id = alpa_days.employee_id
            and missed_events.event_date = alpa_days.work_date
    left join event_rulings
        on missed_events.event_id = event_rulings.event_id and missed_events.opd_code = event_rulings.opd_code
    union all
    select
        concat_ws('/', overrides.employee_id, overrides.work_date, 'hukuman') as deduction_id,
        overrides.employee_id,
        overrides.work_date,
        null as shift_no,
        daily_attendance.opd_code,
        null as schedule_code,
        null as starts_at_local,
        null as ends_at_local,
        null as excuse_id,
        null as excuse_kind,
        'hukuman' as matter,
        null as minutes,
        null as judged_at_local,
        null as clock_ok_from,
        null as clock_ok_to,
        false as is_part_of_day,
        false as is_alpa_event,
        null as event_id,
        overrides.decided_by || ' (surat ' || overrides.letter_no || ')' as subject,
        null as event_terminal_serial
    from overrides
    inner join daily_attendance
        on overrides.employee_id = daily_attendance.employee_id and overrides.work_date = daily_attendance.work_date
)
{% endmacro %}

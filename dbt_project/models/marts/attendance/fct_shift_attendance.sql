{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id', 'shift_no'], 'unique': true}],
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- The judgement of each shift. Good outcomes are given at once; an adverse one only where the terminals that the
-- person may use were read to the end and showed a sign of life, and no held record could be his.
with

shifts as (
    select resolved.* from {{ ref('int_shifts__resolved') }} as resolved
    where {{ only_touched(bounds, 'work_date', 'resolved') }}
),

punched as (
    select punched.* from {{ ref('int_shifts__punched') }} as punched
    where {{ only_touched(bounds, 'work_date', 'punched') }}
),

-- Of offices that measure otherwise than plainly; elsewhere there is no row.
measured as (
    select measured.* from {{ ref('int_shifts__measured') }} as measured
    where {{ only_touched(bounds, 'work_date', 'measured') }}
),

excuses as (select * from {{ ref('int_excuses__by_day') }}),

midday as (select * from {{ ref('int_midday_absences__by_shift') }}),

uncounted as (select * from {{ ref('int_offices__below_quorum') }}),

coming as (
    select watched.* from {{ ref('int_windows__watched') }} as watched
    where watched.kind = 'masuk' and {{ only_touched_dates(bounds, 'work_date', 'watched') }}
),

going as (
    select watched.* from {{ ref('int_windows__watched') }} as watched
    where watched.kind = 'pulang' and {{ only_touched_dates(bounds, 'work_date', 'watched') }}
),

held as (
    select held.* from {{ ref('int_shifts__held') }} as held
    where {{ only_touched(bounds, 'work_date', 'held') }}
),

gathered as (
    select
        shifts.employee_id,
        shifts.work_date,
        shifts.shift_no,
        shifts.opd_code,
        shifts.schedule_code,
        shifts.assignment_scope,
        shifts.hours_rule_code,
        shifts.hours_legal_basis,
        shifts.starts_at_local,
        shifts.ends_at_local,
        shifts.window_from_local,
        shifts.window_to_local,
        shifts.terminal_set,
        case when measured.employee_id is null then punched.in_at_local else measured.in_at_local end as in_at_local,
        case when measured.employee_id is null then punched.out_at_local else measured.out_at_local end as out_at_local,
        coalesce(measured.late_minutes, punched.late_minutes, 0) as measured_late,
        coalesce(
            case when measured.employee_id is null then punched.early_minutes else measured.early_minutes end, 0
        ) as measured_early,
        coalesce(measured.is_double_punch, punched.is_double_punch, false) as is_double_punch,
        coalesce(measured.cluster_count, punched.cluster_count, 0) as cluster_count,
        coalesce(measured.cluster_count, punched.cluster_count, 0) > 0 as has_punch,
        measured.cluster_count < punched.cluster_count as is_outside_window,
        case
            when measured.is_listed or (measured.employee_id is null and punched.is_listed) then 'daftar_hadir'
            when coalesce(measured.cluster_count, punched.cluster_count) > 0 then 'terminal'
        end as channel,
        nullif(measured.due_in_local, shifts.starts_at_local) as due_in_local,
        nullif(measured.due_out_local, shifts.ends_at_local) as due_out_local,
        midday.minutes as midday_minutes,
        uncounted.opd_code is not null as is_uncounted,
        coalesce(excuses.is_pending, false) as is_requested,
        excuses.excuse_id,
        excuses.excuse_kind,
        excuses.status as excuse_status,
        excuses.label as excuse_label,
        coalesce(excuses.is_full, false) as is_excused,
        coalesce(excuses.is_full or excuses.is_masuk, false) as is_in_excused,
        coalesce(excuses.is_full or excuses.is_pulang, false) as is_out_excused,
        coalesce(coming.is_read, false) as is_read_to_end,
        coalesce(
            coming.is_alive and (shifts.employee_id = any(coming.only_employee_ids)) is not true, false
        ) as is_alive_at_start,
        coalesce(
            going.is_alive and (shifts.employee_id = any(going.only_employee_ids)) is not true, false
        ) as is_alive_at_end,
        held.employee_id is not null as is_alpa_held,
        coalesce(held.is_all_held, false) as is_all_held
    from shifts
    left join punched
        on
            shifts.employee_id = punched.employee_id
            and shifts.work_date = punched.work_date
            and shifts.shift_no = punched.shift_no
    left join measured
        on
            shifts.employee_id = measured.employee_id
            and shifts.work_date = measured.work_date
            and shifts.shift_no = measured.shift_no
    left join midday
        on
            shifts.employee_id = midday.employee_id
            and shifts.work_date = midday.work_date
            and shifts.shift_no = midday.shift_no
    left join uncounted on shifts.opd_code = uncounted.opd_code and shifts.work_date = uncounted.work_date
    left join excuses on shifts.employee_id = excuses.employee_id and shifts.work_date = excuses.work_date
    left join coming
        on
            shifts.terminal_set = coming.terminal_set
            and shifts.work_date = coming.work_date
            and shifts.starts_at_local = coming.judged_from
            and shifts.ends_at_local = coming.judged_to
            and shifts.window_to_local = coming.read_to
    left join going
        on
            shifts.terminal_set = going.terminal_set
            and shifts.work_date = going.work_date
            and shifts.starts_at_local = going.judged_from
            and shifts.ends_at_local = going.judged_to
            and shifts.window_to_local = going.read_to
    left join held
        on
            shifts.employee_id = held.employee_id
            and shifts.work_date = held.work_date
            and shifts.shift_no = held.shift_no
),

ends as (
    select
        gathered.*,
        gathered.has_punch and not gathered.is_in_excused
        and (gathered.in_at_local is null or gathered.measured_late > 0) as is_in_adverse,
        gathered.has_punch and not gathered.is_out_excused
        and (gathered.out_at_local is null or gathered.measured_early > 0) as is_out_adverse,
        not gathered.has_punch and not gathered.is_excused as is_absent,
        gathered.is_read_to_end and gathered.is_alive_at_start and not gathered.is_all_held as is_in_judged,
        gathered.is_read_to_end and gathered.is_alive_at_end and not gathered.is_all_held as is_out_judged,
        gathered.is_read_to_end and gathered.is_alive_at_start and gathered.is_alive_at_end
        and not gathered.is_alpa_held and not gathered.is_requested as is_absence_judged
    from gathered
),

judged as (
    select
        ends.*,
        case when ends.is_in_adverse and ends.is_in_judged then ends.measured_late else 0 end
            as late_minutes,
        case when ends.is_out_adverse and ends.is_out_judged then ends.measured_early else 0 end
            as early_minutes,
        (ends.is_in_adverse and not ends.is_in_judged)
        or (ends.is_out_adverse and not ends.is_out_judged)
        or (ends.is_absent and not ends.is_absence_judged) as is_incomplete
    from ends
),

explained as (
    select
        judged.*,
        array_remove(array[
            case when judged.has_punch then 'HADIR' end,
            case when judged.is_excused then judged.excuse_status end,
            case when judged.is_in_excused and not judged.is_excused and judged.has_punch then 'IZIN_MASUK' end,
            case when judged.is_out_excused and not judged.is_excused and judged.has_punch then 'IZIN_PULANG' end,
            case when judged.late_minutes > 0 then 'TERLAMBAT' end,
            case when judged.early_minutes > 0 then 'PULANG_AWAL' end,
            case
                when judged.is_in_adverse and judged.is_in_judged and judged.in_at_local is null then 'TANPA_MASUK'
            end,
            case
                when judged.is_out_adverse and judged.is_out_judged and judged.out_at_local is null then 'TANPA_PULANG'
            end,
            case when judged.has_punch and judged.midday_minutes > 0 then 'KELUAR_SEMENTARA' end,
            case
                when judged.is_absent and judged.is_absence_judged
                    then case when judged.is_uncounted then 'TIDAK_DIHITUNG' else 'ALPA' end
            end,
            case when judged.is_incomplete then 'BELUM_LENGKAP' end
        ], null) as statuses,
        case
            when judged.is_excused and not judged.has_punch then judged.excuse_status
            when judged.is_absent and judged.is_absence_judged and judged.is_uncounted then 'TIDAK_DIHITUNG'
            when judged.is_absent and judged.is_absence_judged then 'ALPA'
            when judged.is_absent then 'BELUM_LENGKAP'
            when judged.is_incomplete then 'BELUM_LENGKAP'
            when judged.late_minutes > 0 then 'TERLAMBAT'
            when judged.early_minutes > 0 then 'PULANG_AWAL'
            when judged.is_in_adverse then 'TANPA_MASUK'
            when judged.is_out_adverse then 'TANPA_PULANG'
            when judged.midday_minutes > 0 then 'KELUAR_SEMENTARA'
            else 'HADIR'
        end as status,
        case
            when not judged.is_incomplete then null
            when judged.terminal_set is null then 'TANPA_PIN'
            when judged.is_all_held or (judged.is_absent and judged.is_alpa_held) then 'REKAMAN_TERTAHAN'
            when not judged.is_read_to_end then 'BELUM_TERBACA'
            when judged.is_absent and judged.is_requested and judged.is_alive_at_start and judged.is_alive_at_end
                then 'MENUNGGU_KETERANGAN'
            else 'TANPA_TANDA_HIDUP'
        end as hold_reason
    from judged
),

final as (
    select
        explained.employee_id,
        explained.work_date,
        explained.shift_no::integer as shift_no,
        explained.opd_code,
        explained.schedule_code,
        explained.starts_at_local,
        explained.ends_at_local,
        explained.window_from_local,
        explained.window_to_local,
        explained.in_at_local,
        explained.out_at_local,
        explained.cluster_count,
        explained.channel,
        explained.statuses,
        explained.status,
        explained.late_minutes,
        explained.early_minutes,
        explained.excuse_id,
        explained.excuse_kind,
        explained.is_read_to_end,
        explained.is_alive_at_start,
        explained.is_alive_at_end,
        explained.hold_reason,
        array_remove(array[
            case when explained.is_double_punch then 'DOUBLE_PUNCH_AS_OUT' end,
            case when explained.is_outside_window then 'PUNCH_OUTSIDE_WINDOW' end
        ], null) as warnings,
        case
            when explained.has_punch
                then
                    coalesce('Masuk ' || explained.in_at_local::time, 'Tanpa rekaman masuk')
                    || case
                        when
                            explained.late_minutes > 0
                            then ' (terlambat ' || explained.late_minutes || ' menit)'
                        else ''
                    end
                    || coalesce(', pulang ' || explained.out_at_local::time, ', tanpa rekaman pulang')
                    || case
                        when
                            explained.early_minutes > 0
                            then ' (lebih awal ' || explained.early_minutes || ' menit)'
                        else ''
                    end
            when explained.status = 'TIDAK_DIHITUNG'
                then
                    'Tidak ada rekaman; kehadiran kantor hari itu di bawah kuorum, jadi ketidakhadiran tidak dihitung'
            when explained.status = 'ALPA'
                then
                    'Tidak ada rekaman; semua terminalnya terbaca sampai akhir dan menyala, tanpa keterangan yang sah'
            else 'Tidak ada rekaman'
        end
        || case when explained.channel = 'daftar_hadir' then ', menurut daftar hadir atau koreksi' else '' end
        || coalesce('; keterangan disetujui: ' || explained.excuse_label, '')
        || case explained.hold_reason
            when 'TANPA_PIN' then '; belum dapat dinilai: tidak punya PIN yang berlaku'
            when 'REKAMAN_TERTAHAN' then '; belum dapat dinilai: ada rekaman tertahan yang mungkin miliknya'
            when 'BELUM_TERBACA' then '; belum dapat dinilai: terminal belum terbaca sampai akhir jendela rekam'
            when 'MENUNGGU_KETERANGAN' then '; belum dapat dinilai: permohonannya menunggu keputusan'
            when 'TANPA_TANDA_HIDUP' then '; belum dapat dinilai: terminal tidak memberi tanda hidup'
            else ''
        end
        || case
            when explained.midday_minutes > 0 and explained.has_punch
                then '; meninggalkan kantor ' || explained.midday_minutes || ' menit tanpa izin'
            else ''
        end
        || coalesce('; jam pulangnya bergeser menjadi ' || to_char(explained.due_out_local, 'HH24.MI'), '')
        || case when explained.is_outside_window then '; ada rekaman di luar jam rekam yang tidak dihitung' else '' end
        || case when explained.is_double_punch then '; kedua rekaman ada di paruh pertama, mohon diperiksa' else '' end
        || '. Jadwal ' || explained.schedule_code || ' '
        || left(explained.starts_at_local::time::text, 5) || '-' || left(explained.ends_at_local::time::text, 5)
        || case explained.assignment_scope
            when 'employee' then ' (penugasan perorangan'
            when 'group' then ' (penugasan regu'
            when 'law' then ' (tanpa penugasan'
            else ' (jadwal kantor'
        end
        || coalesce('; menurut ' || explained.hours_legal_basis || ', baris ' || explained.hours_rule_code, '')
        || ').' as reason,
        case when explained.has_punch then explained.midday_minutes end as midday_minutes,
        explained.due_in_local,
        explained.due_out_local,
        {{ current_build_id() }} as build_id
    from explained
)

select * from final

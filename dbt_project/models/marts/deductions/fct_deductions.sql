{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        post_hook='{{ analyze_when_whole() }}',
        indexes=[
            {'columns': ['deduction_id'], 'unique': true},
            {'columns': ['work_date', 'employee_id']},
            {'columns': ['employee_id', 'work_date']},
        ],
    )
}}

-- One row per cut. A matter is found in the attendance facts, priced by the rule row of the regulation
-- that governs the city on that day, and left undecided where the rule or the clock of the terminal
-- does not let the rate be known. Rates and regulations are seed rows; this file knows neither.

{% set bounds = touched_bounds() %}

with shifts as not materialized (
    select
        employee_id,
        work_date,
        shift_no,
        opd_code,
        schedule_code,
        starts_at_local,
        ends_at_local,
        in_at_local,
        out_at_local,
        statuses,
        late_minutes,
        early_minutes,
        excuse_id,
        excuse_kind
    from {{ ref('fct_shift_attendance') }}
    where {{ only_touched(bounds) }}
),

missed_events as (
    select * from {{ ref('fct_event_attendance') }}
    where
        left(status, 6) = 'TIDAK_'
        and {{ only_touched(bounds, 'event_date') }}
),

daily_attendance as (
    select
        employee_id,
        work_date,
        shift_count
    from {{ ref('fct_daily_attendance') }}
    where
        'ALPA' = any(statuses)
        and {{ only_touched(bounds) }}
),

employees as (select * from {{ ref('dim_employee') }}),

events as (select * from {{ ref('stg_reference__events') }}),

tpp as (select * from {{ ref('stg_reference__tpp') }}),

sanctions as (select * from {{ ref('int_sanctions__decided') }}),

pulls as (select * from {{ ref('stg_raw__pulls') }}),

build as (select * from {{ ref('stg_ops__current_build') }}),

regulations as (select * from {{ ref('stg_law__regulations') }}),

excuse_kinds as (select * from {{ ref('stg_law__excuse_kinds') }}),

policies as ({{ governing('combining_policies') }}),

bases as ({{ governing('allowance_bases') }}),

covered_persons as ({{ governing('covered_persons') }}),

rules as (
    {% for seed, matter, from_minute, to_minute, decided_by in [
        ('minute_bands', 'matter', 'from_minute', 'to_minute', "'rule'"),
        ('day_matters', 'matter', 'null::integer', 'null::integer', "'rule'"),
        ('event_rules', 'event_kind', 'null::integer', 'null::integer', 'decided_by'),
        ('excuse_rules', 'excuse_kind', 'null::integer', 'null::integer', "'rule'"),
    ] %}
        select
            rule_code,
            regulation_code,
            opd_code,
            {{ matter }} as rule_matter,
            code,
            {{ from_minute }} as first_minute,
            {{ to_minute }} as end_minute,
            pct as rule_pct,
            {{ decided_by }} as decider,
            governs_from,
            governs_to,
            governing_status,
            evidence,
            legal_basis,
            note
        from ({{ governing(seed) }}) as {{ seed }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

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
    left join excuse_kinds
        on shifts.excuse_kind = excuse_kinds.excuse_kind and excuse_kinds.treat_as = 'excused'
    cross join
        lateral (
            values
            (
                'TERLAMBAT', 'terlambat', false, shifts.late_minutes, shifts.in_at_local,
                '0001-01-01'::timestamp, shifts.starts_at_local + interval '60 seconds'
            ),
            (
                'PULANG_AWAL', 'pulang_awal', false, shifts.early_minutes, shifts.out_at_local,
                shifts.ends_at_local - interval '59 seconds', '9999-12-31'::timestamp
            ),
            ('TANPA_MASUK', 'tanpa_masuk', false, null, null, null, null),
            ('TANPA_PULANG', 'tanpa_pulang', false, null, null, null, null),
            ('ALPA', 'alpa', true, null, null, null, null),
            (null, excuse_kinds.excuse_kind, true, null, null, null, null)
        ) as matters (status_word, matter, is_day_matter, minutes, judged_at_local, clock_ok_from, clock_ok_to)
    where
        (
            shifts.excuse_id is not null
            or shifts.statuses && array['TERLAMBAT', 'PULANG_AWAL', 'TANPA_MASUK', 'TANPA_PULANG', 'ALPA']
        )
        and (
            matters.status_word = any(shifts.statuses)
            or (matters.status_word is null and matters.matter is not null)
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
        -- A rule for the very kind beats the one for its family (apel_senin, apel).
        coalesce(event_kinds.rule_matter, split_part(missed_events.kind, '_', 1)) as matter,
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
    inner join shifts
        on
            missed_events.employee_id = shifts.employee_id
            and missed_events.event_date = shifts.work_date
            and events.event_date + events.starts_at >= shifts.starts_at_local
            and events.event_date + events.starts_at < shifts.ends_at_local
    left join alpa_days
        on
            missed_events.employee_id = alpa_days.employee_id
            and missed_events.event_date = alpa_days.work_date
    left join rules as event_kinds
        on
            missed_events.kind = event_kinds.rule_matter
            and missed_events.opd_code = event_kinds.opd_code
            and missed_events.event_date >= event_kinds.governs_from
            and missed_events.event_date < event_kinds.governs_to
),

priced as (
    select
        found.*,
        rules.code,
        -- What the leadership decides about an event takes the place of the rule's rate.
        case
            when sanctions.event_id is null then rules.rule_pct
            when sanctions.answer = 'none' or found.employee_id = any(sanctions.excepted) then 0
            else sanctions.pct
        end as rule_pct,
        case when found.employee_id = any(sanctions.excepted) then null else sanctions.amount_idr end as fixed_idr,
        sanctions.approval_id,
        sanctions.answer as sanction_answer,
        found.employee_id = any(sanctions.excepted) as is_excepted,
        sanctions.decided_by as sanction_decided_by,
        sanctions.role as sanction_role,
        sanctions.letter_no as sanction_letter_no,
        sanctions.decided_at as sanction_decided_at,
        rules.rule_code,
        rules.first_minute,
        rules.end_minute,
        rules.decider,
        rules.evidence,
        concat_ws('; ', rules.legal_basis, sanctions.legal_basis) as legal_basis,
        rules.note,
        policies.regulation_code,
        policies.drift_ignored_s,
        case
            when 'announced' in (rules.governing_status, policies.governing_status) then 'announced'
            else 'in_force'
        end as rule_status,
        bases.base_name,
        bases.share_pct as base_share_pct,
        (tpp.base_idr * bases.share_pct / 100)::numeric(14, 2) as base_idr
    from found
    inner join employees on found.employee_id = employees.employee_id
    inner join policies
        on
            found.opd_code = policies.opd_code
            and found.work_date >= policies.governs_from
            and found.work_date < policies.governs_to
    inner join bases
        on
            policies.opd_code = bases.opd_code
            and policies.regulation_code = bases.regulation_code
            and bases.is_default
            and found.work_date >= bases.governs_from
            and found.work_date < bases.governs_to
    inner join rules
        on
            policies.opd_code = rules.opd_code
            and policies.regulation_code = rules.regulation_code
            and found.work_date >= rules.governs_from
            and found.work_date < rules.governs_to
            and found.matter = rules.rule_matter
            and (rules.first_minute is null or found.minutes >= rules.first_minute)
            and (rules.end_minute is null or found.minutes < rules.end_minute)
    inner join covered_persons
        on
            policies.opd_code = covered_persons.opd_code
            and policies.regulation_code = covered_persons.regulation_code
            and employees.kind = covered_persons.employee_kind
            and found.work_date >= covered_persons.governs_from
            and found.work_date < covered_persons.governs_to
    left join tpp
        on
            found.employee_id = tpp.employee_id
            and found.work_date >= tpp.valid_from
            and found.work_date < coalesce(tpp.valid_to, 'infinity'::date)
    left join sanctions on found.event_id = sanctions.event_id
    where
        (rules.rule_pct is distinct from 0 or sanctions.event_id is not null)
        and not (found.is_alpa_event and policies.alpa_absorbs_events)
        and (tpp.employee_id is not null or not covered_persons.is_only_with_tpp)
),

cut_shifts as (
    select distinct
        priced.employee_id,
        priced.work_date,
        priced.shift_no
    from priced
),

-- The punches of the shifts that cost something, and their list. The list is put together as text, several times as
-- fast as jsonb_agg.
cut_punches as materialized (
    select assigned.*
    from {{ ref('int_punches__assigned_to_shift') }} as assigned
    inner join cut_shifts
        on
            assigned.employee_id = cut_shifts.employee_id
            and assigned.work_date = cut_shifts.work_date
            and assigned.shift_no = cut_shifts.shift_no
    where {{ only_touched(bounds, 'work_date', 'assigned') }}
),

punch_lists as (
    select
        cut_punches.employee_id,
        cut_punches.work_date,
        cut_punches.shift_no,
        (
            '[' || string_agg(
                '{"terminal_serial":' || coalesce(to_json(cut_punches.terminal_serial)::text, 'null')
                || ',"punched_at_local":"' || replace(cut_punches.punched_at_local::text, ' ', 'T')
                || '","ordinal":' || coalesce(cut_punches.ordinal::text, 'null')
                || ',"epoch":' || coalesce(cut_punches.epoch::text, 'null')
                || ',"pull_id":' || coalesce(cut_punches.pull_id::text, 'null')
                || ',"channel":"' || cut_punches.channel || '"}',
                ',' order by cut_punches.punched_at_local, cut_punches.terminal_serial
            ) || ']'
        )::jsonb as punches
    from cut_punches
    group by cut_punches.employee_id, cut_punches.work_date, cut_punches.shift_no
),

-- The punch that was judged; of an event that nobody saw him at, the one that the clock could have put
-- outside the window, else the nearest.
judged_punches as (
    select distinct on (priced.deduction_id)
        priced.deduction_id,
        cut_punches.terminal_serial,
        cut_punches.punched_at_local,
        cut_punches.ordinal,
        cut_punches.pull_id,
        pulls.clock_drift_s,
        coalesce(
            abs(pulls.clock_drift_s) > priced.drift_ignored_s
            and cut_punches.punched_at_local - make_interval(secs => pulls.clock_drift_s) >= priced.clock_ok_from
            and cut_punches.punched_at_local - make_interval(secs => pulls.clock_drift_s) < priced.clock_ok_to,
            false
        ) as is_explained_by_clock
    from priced
    inner join cut_punches
        on
            priced.employee_id = cut_punches.employee_id
            and priced.work_date = cut_punches.work_date
            and priced.shift_no = cut_punches.shift_no
    left join pulls on cut_punches.pull_id = pulls.pull_id
    where
        priced.clock_ok_to is not null
        and (priced.judged_at_local is null or cut_punches.punched_at_local = priced.judged_at_local)
        and (priced.event_terminal_serial is null or cut_punches.terminal_serial = priced.event_terminal_serial)
    order by
        priced.deduction_id asc, is_explained_by_clock desc,
        abs(extract(epoch from (cut_punches.punched_at_local - priced.clock_ok_from))) asc,
        cut_punches.terminal_serial asc
),

decided as (
    select
        priced.*,
        judged_punches.terminal_serial,
        judged_punches.punched_at_local,
        judged_punches.ordinal,
        judged_punches.pull_id,
        judged_punches.clock_drift_s,
        coalesce(punch_lists.punches, '[]'::jsonb) as punches,
        case
            when priced.rule_pct = 0 then null
            when priced.rule_pct is null and priced.fixed_idr is null and priced.decider = 'by_decision'
                then 'MENUNGGU_KEPUTUSAN'
            when priced.rule_pct is null and priced.fixed_idr is null then 'TARIF_TIDAK_DIKETAHUI'
            when priced.is_part_of_day then 'ALPA_SEBAGIAN_HARI'
            when judged_punches.is_explained_by_clock then 'JAM_MESIN'
            when priced.base_idr is null and priced.fixed_idr is null then 'TPP_TIDAK_DIKETAHUI'
        end as undecided_code
    from priced
    left join judged_punches on priced.deduction_id = judged_punches.deduction_id
    left join punch_lists
        on
            priced.employee_id = punch_lists.employee_id
            and priced.work_date = punch_lists.work_date
            and priced.shift_no = punch_lists.shift_no
),

final as (
    select
        decided.deduction_id,
        decided.employee_id,
        decided.work_date,
        decided.shift_no::integer as shift_no,
        decided.event_id,
        decided.opd_code,
        decided.matter,
        decided.code,
        decided.minutes::integer as minutes,
        case
            when decided.undecided_code is null or decided.undecided_code = 'TPP_TIDAK_DIKETAHUI'
                then decided.rule_pct
        end::numeric(6, 2) as pct,
        decided.base_name,
        decided.base_share_pct,
        case
            when decided.undecided_code is null or decided.undecided_code = 'TPP_TIDAK_DIKETAHUI'
                then decided.rule_pct * decided.base_share_pct / 100
        end::numeric(10, 4) as pct_total,
        decided.base_idr,
        case when decided.undecided_code is null then decided.fixed_idr end as fixed_idr,
        'pct' as priced_by,
        case when decided.undecided_code is null then decided.fixed_idr end::numeric(20, 6) as amount_idr,
        null::numeric [] as candidates,
        case when decided.undecided_code is null then 'DIHITUNG' else 'UNDECIDED' end as state,
        {{ deduction_reason() }} as reason,
        decided.regulation_code,
        decided.rule_code,
        decided.rule_status,
        decided.rule_status = 'in_force' and decided.undecided_code is null as is_payable,
        decided.legal_basis,
        decided.evidence,
        jsonb_build_object(
            'undecided_code', decided.undecided_code,
            'judged', case
                when decided.punched_at_local is not null
                    then jsonb_build_object(
                        'terminal_serial', decided.terminal_serial,
                        'punched_at_local', decided.punched_at_local,
                        'ordinal', decided.ordinal,
                        'pull_id', decided.pull_id,
                        'clock_drift_s', decided.clock_drift_s
                    )
            end,
            'punches', decided.punches,
            'roster', jsonb_build_object(
                'schedule_code', decided.schedule_code,
                'shift_no', decided.shift_no,
                'starts_at_local', decided.starts_at_local,
                'ends_at_local', decided.ends_at_local
            ),
            'excuse', case
                when decided.excuse_id is not null
                    then jsonb_build_object('excuse_id', decided.excuse_id, 'kind', decided.excuse_kind)
            end,
            'rule', jsonb_build_object(
                'rule_code', decided.rule_code,
                'from_minute', decided.first_minute,
                'to_minute', decided.end_minute,
                'pct', decided.rule_pct,
                'decided_by', decided.decider,
                'note', decided.note
            ),
            'decision', case
                when decided.approval_id is not null
                    then jsonb_build_object(
                        'approval_id', decided.approval_id,
                        'answer', decided.sanction_answer,
                        'is_excepted', decided.is_excepted,
                        'decided_by', decided.sanction_decided_by,
                        'role', decided.sanction_role,
                        'letter_no', decided.sanction_letter_no,
                        'decided_at', decided.sanction_decided_at
                    )
            end
        ) as trace,
        build.build_id
    from decided
    inner join regulations on decided.regulation_code = regulations.regulation_code
    cross join build
)

select * from final

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
        midday_minutes,
        due_in_local,
        due_out_local,
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
        opd_code,
        shift_count
    from {{ ref('fct_daily_attendance') }}
    where
        statuses && array['ALPA', 'HUKUMAN']
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

rules as ({{ rules_by_matter() }}),

special_days as (select * from {{ ref('int_special_days__by_office') }}),

special_matters as (
    select distinct
        rules.opd_code,
        rules.rule_matter,
        rules.special_day
    from rules
    where rules.special_day is not null
),

event_rulings as (select * from {{ ref('int_events__ruled') }}),

measures as (select * from {{ ref('int_measures__by_office') }}),

numbered_excuses as (select * from {{ ref('int_excuses__numbered') }}),

workdays as (select * from {{ ref('int_workdays__by_month') }}),

overrides as (
    select overrides.* from {{ ref('stg_reference__day_overrides') }} as overrides
    where {{ only_touched(bounds, 'work_date', 'overrides') }}
),

{{ found_matters() }},

-- The first late comings of a month that the regulation lets pass.
free_lates as (
    select
        lates.employee_id,
        lates.work_date,
        lates.shift_no
    from (
        select
            attendance.employee_id,
            attendance.work_date,
            attendance.shift_no,
            measures.free_late_count,
            row_number() over (
                partition by attendance.employee_id, date_trunc('month', attendance.work_date::timestamp)
                order by attendance.work_date, attendance.shift_no
            ) as late_no
        from {{ ref('fct_shift_attendance') }} as attendance
        inner join measures
            on
                attendance.opd_code = measures.opd_code
                and measures.free_late_count > 0
                and attendance.work_date >= measures.governs_from
                and attendance.work_date < measures.governs_to
        where
            exists (
                select 1
                from measures as any_measure
                where any_measure.free_late_count > 0
            )
            and attendance.late_minutes > 0
            and {{ only_touched_months(bounds, 'work_date', 'attendance') }}
    ) as lates
    where lates.late_no <= lates.free_late_count
),

-- A punishment stands alone. Of a matter with a rate of its own for a special day only that rate counts.
marked as (
    select
        found.*,
        special_matters.special_day
    from found
    left join overrides on found.employee_id = overrides.employee_id and found.work_date = overrides.work_date
    left join free_lates
        on
            found.matter = 'terlambat'
            and found.employee_id = free_lates.employee_id
            and found.work_date = free_lates.work_date
            and found.shift_no = free_lates.shift_no
    left join special_days on found.opd_code = special_days.opd_code and found.work_date = special_days.work_date
    left join special_matters
        on
            found.opd_code = special_matters.opd_code
            and found.matter = special_matters.rule_matter
            and special_days.special_day = special_matters.special_day
    where
        (overrides.employee_id is null or found.matter = 'hukuman')
        and free_lates.employee_id is null
),

ruled as (
    select
        marked.*,
        rules.rule_code,
        rules.code,
        rules.part_no,
        rules.priced_by,
        case
            when rules.priced_by = 'whole_month' then 100
            when rules.priced_by = 'paid_pct' and rules.paid_pct >= 100 then 0
            when rules.priced_by = 'paid_pct' then null
            when numbered.month_day <= rules.free_days_month then 0
            else rules.rule_pct
        end as seed_pct,
        case when rules.rule_pct is null then rules.pct_low end as low_pct,
        case when rules.rule_pct is null then rules.pct_high end as high_pct,
        rules.rule_idr,
        rules.share_pct,
        rules.minutes_per_day,
        rules.base_name as rule_base_name,
        rules.first_minute,
        rules.end_minute,
        rules.first_time,
        rules.end_time,
        rules.decider,
        rules.evidence,
        rules.legal_basis as rule_basis,
        rules.note,
        rules.governing_status as rule_governing_status,
        rules.tier_mode,
        rules.spell_from_day,
        case rules.spell_unit
            when 'workday' then numbered.workdays_of_spell else numbered.calendar_days_of_spell
        end as spell_length,
        numbered.month_day,
        numbered.leave_month
    from marked
    left join numbered_excuses as numbered
        on
            marked.matter = numbered.excuse_kind
            and marked.employee_id = numbered.employee_id
            and marked.work_date = numbered.work_date
    inner join rules
        on
            marked.opd_code = rules.opd_code
            and marked.work_date >= rules.governs_from
            and marked.work_date < rules.governs_to
            and marked.matter = rules.rule_matter
            and coalesce(marked.special_day, '') = coalesce(rules.special_day, '')
            and (rules.first_minute is null or marked.minutes >= rules.first_minute)
            and (rules.end_minute is null or marked.minutes < rules.end_minute)
            and (rules.first_time is null or marked.judged_at_local::time >= rules.first_time)
            and (rules.end_time is null or marked.judged_at_local::time < rules.end_time)
            and (rules.leave_month_from is null or numbered.leave_month >= rules.leave_month_from)
            and (rules.leave_month_to is null or numbered.leave_month < rules.leave_month_to)
            -- by its place in the spell, or where the whole spell has one rate by its length
            and (
                rules.spell_from_day is null
                or int4range(rules.spell_from_day, rules.spell_to_day, '[)') @> case
                    when rules.tier_mode = 'whole' and rules.spell_unit = 'workday' then numbered.workdays_of_spell
                    when rules.tier_mode = 'whole' then numbered.calendar_days_of_spell
                    when rules.spell_unit = 'workday' then numbered.workday_of_spell
                    else numbered.calendar_day_of_spell
                end
            )
),

-- Where the text does not say which of the two it means, the other reading stands beside.
read_twice as (
    select
        ruled.*,
        case when whole_spell.rule_code is null then ruled.low_pct else ruled.seed_pct end as one_pct,
        case when whole_spell.rule_code is null then ruled.high_pct else whole_spell.rule_pct end as other_pct
    from ruled
    left join rules as whole_spell
        on
            ruled.tier_mode is null
            and ruled.priced_by = 'pct'
            and ruled.spell_from_day is not null
            and ruled.opd_code = whole_spell.opd_code
            and ruled.matter = whole_spell.rule_matter
            and ruled.part_no = whole_spell.part_no
            and ruled.work_date >= whole_spell.governs_from
            and ruled.work_date < whole_spell.governs_to
            and int4range(whole_spell.spell_from_day, whole_spell.spell_to_day, '[)') @> ruled.spell_length
),

priced as (
    select
        found.employee_id,
        found.work_date,
        found.shift_no,
        found.opd_code,
        found.schedule_code,
        found.starts_at_local,
        found.ends_at_local,
        found.excuse_id,
        found.excuse_kind,
        found.matter,
        found.minutes,
        found.judged_at_local,
        found.clock_ok_from,
        found.clock_ok_to,
        found.is_part_of_day,
        found.event_id,
        found.subject,
        found.event_terminal_serial,
        found.rule_code,
        found.code,
        found.first_minute,
        found.end_minute,
        found.first_time,
        found.end_time,
        found.decider,
        found.evidence,
        found.note,
        found.priced_by,
        found.share_pct,
        found.leave_month,
        found.deduction_id || case when found.part_no > 1 then '/' || found.part_no else '' end as deduction_id,
        -- What the leadership decides about an event, or about a day, takes the place of the rule's rate.
        case
            when overrides.employee_id is not null then overrides.pct
            when sanctions.event_id is not null
                then
                    case
                        when sanctions.answer = 'none' or found.employee_id = any(sanctions.excepted) then 0
                        else sanctions.pct
                    end
            when found.priced_by not in ('pct', 'whole_month') then null
            when coalesce(found.one_pct, -1) <> coalesce(found.other_pct, -1) then null
            else coalesce(found.seed_pct, found.one_pct)
        end as rule_pct,
        case
            when
                sanctions.event_id is null and overrides.employee_id is null
                and coalesce(found.one_pct, -1) <> coalesce(found.other_pct, -1)
                then array_remove(array[found.one_pct, found.other_pct], null)
        end as candidates,
        case when found.employee_id = any(sanctions.excepted) then null else sanctions.amount_idr end as fixed_idr,
        case
            when sanctions.event_id is not null then null
            when found.priced_by = 'idr' then found.rule_idr
            when found.priced_by = 'workday_share'
                then tpp.base_idr * bases.share_pct / 100 * found.share_pct / 100 / nullif(workdays.workday_count, 0)
            when found.priced_by = 'minute_share'
                then
                    tpp.base_idr * bases.share_pct / 100 * found.minutes
                    / nullif(workdays.workday_count * found.minutes_per_day, 0)
        end as priced_idr,
        workdays.workday_count,
        sanctions.approval_id,
        sanctions.answer as sanction_answer,
        found.employee_id = any(sanctions.excepted) as is_excepted,
        sanctions.decided_by as sanction_decided_by,
        sanctions.role as sanction_role,
        sanctions.letter_no as sanction_letter_no,
        sanctions.decided_at as sanction_decided_at,
        concat_ws('; ', found.rule_basis, sanctions.legal_basis) as legal_basis,
        policies.regulation_code,
        policies.drift_ignored_s,
        case
            when 'announced' in (found.rule_governing_status, policies.governing_status) then 'announced'
            else 'in_force'
        end as rule_status,
        coalesce(found.rule_base_name, bases.base_name) as base_name,
        bases.share_pct as base_share_pct,
        (tpp.base_idr * bases.share_pct / 100)::numeric(14, 2) as base_idr
    from read_twice as found
    inner join employees on found.employee_id = employees.employee_id
    inner join policies
        on
            found.opd_code = policies.opd_code
            and found.work_date >= policies.governs_from
            and found.work_date < policies.governs_to
    left join bases
        on
            policies.opd_code = bases.opd_code
            and policies.regulation_code = bases.regulation_code
            and (found.rule_base_name = bases.base_name or (found.rule_base_name is null and bases.is_default))
            and found.work_date >= bases.governs_from
            and found.work_date < bases.governs_to
    inner join covered_persons
        on
            policies.opd_code = covered_persons.opd_code
            and policies.regulation_code = covered_persons.regulation_code
            and employees.kind = covered_persons.employee_kind
            and found.work_date >= covered_persons.governs_from
            and found.work_date < covered_persons.governs_to
    left join workdays
        on
            found.priced_by in ('workday_share', 'minute_share')
            and found.employee_id = workdays.employee_id
            and date_trunc('month', found.work_date::timestamp)::date = workdays.month
    left join tpp
        on
            found.employee_id = tpp.employee_id
            and found.work_date >= tpp.valid_from
            and found.work_date < coalesce(tpp.valid_to, 'infinity'::date)
    left join sanctions on found.event_id = sanctions.event_id
    left join overrides
        on
            found.matter = 'hukuman'
            and found.employee_id = overrides.employee_id
            and found.work_date = overrides.work_date
    where
        -- what costs nothing leaves no row, unless a person decided it so or another reading has a rate
        (
            found.seed_pct is distinct from 0
            or coalesce(found.one_pct, -1) <> coalesce(found.other_pct, -1)
            or sanctions.event_id is not null
            or overrides.employee_id is not null
        )
        and not (found.is_alpa_event and policies.alpa_absorbs_events)
        and (tpp.employee_id is not null or not covered_persons.is_only_with_tpp)
),

{{ judged_punches(bounds) }},

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
            when priced.candidates is not null then 'BACAAN_GANDA'
            when priced.priced_by = 'paid_pct' then 'TARIF_BULANAN'
            when
                priced.priced_by in ('workday_share', 'minute_share') and priced.fixed_idr is null
                and priced.priced_idr is null and priced.base_idr is null
                then 'TPP_TIDAK_DIKETAHUI'
            when
                priced.rule_pct is null and priced.fixed_idr is null and priced.priced_idr is null
                and priced.decider = 'by_decision'
                then 'MENUNGGU_KEPUTUSAN'
            when priced.rule_pct is null and priced.fixed_idr is null and priced.priced_idr is null
                then 'TARIF_TIDAK_DIKETAHUI'
            when priced.is_part_of_day then 'ALPA_SEBAGIAN_HARI'
            when judged_punches.is_explained_by_clock then 'JAM_MESIN'
            when priced.fixed_idr is null and priced.priced_idr is null and priced.base_share_pct is null
                then 'BAGIAN_TIDAK_DIKETAHUI'
            when priced.base_idr is null and priced.fixed_idr is null and priced.priced_idr is null
                then 'TPP_TIDAK_DIKETAHUI'
        end as undecided_code
    from priced
    left join judged_punches on priced.deduction_id = judged_punches.deduction_id
    left join punch_lists
        on
            priced.employee_id = punch_lists.employee_id
            and priced.work_date = punch_lists.work_date
            and priced.shift_no = punch_lists.shift_no
),

known as (
    select
        decided.*,
        coalesce(decided.undecided_code in ('TPP_TIDAK_DIKETAHUI', 'BAGIAN_TIDAK_DIKETAHUI'), true) as is_rate_known
    from decided
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
        case when decided.is_rate_known then decided.rule_pct end::numeric(6, 2) as pct,
        decided.base_name,
        decided.base_share_pct,
        case when decided.is_rate_known then decided.rule_pct * decided.base_share_pct / 100 end::numeric(10, 4)
            as pct_total,
        decided.base_idr,
        case when decided.undecided_code is null then decided.fixed_idr end as fixed_idr,
        decided.priced_by,
        case
            when decided.undecided_code is null then coalesce(decided.fixed_idr, decided.priced_idr)
        end::numeric(20, 6) as amount_idr,
        decided.candidates,
        case when decided.undecided_code is null then 'DIHITUNG' else 'UNDECIDED' end as state,
        {{ deduction_reason() }} as reason,
        decided.regulation_code,
        decided.rule_code,
        decided.rule_status,
        decided.rule_status = 'in_force' and decided.undecided_code is null as is_payable,
        decided.legal_basis,
        decided.evidence,
        {{ deduction_trace() }} as trace,
        build.build_id
    from known as decided
    inner join regulations on decided.regulation_code = regulations.regulation_code
    cross join build
)

select * from final

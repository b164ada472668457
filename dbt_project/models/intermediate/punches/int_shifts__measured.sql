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

-- Shifts of offices whose regulation measures otherwise than plainly: punch windows, first or last going, grace with
-- make-up, moving hours, blocks of minutes, early by net working time. Offices with the plain measure have no row here
-- and pay nothing: a join with nobody reads no shift.
with

measures as (
    select * from {{ ref('int_measures__by_office') }}
    where is_measured_apart
),

parameters as (select * from {{ ref('attendance_parameters') }}),

-- A window holds for shifts that begin (end) inside it; a night guard's would lie outside for ever.
shifts as (
    select
        resolved.employee_id,
        resolved.work_date,
        resolved.shift_no,
        resolved.starts_at_local,
        resolved.ends_at_local,
        resolved.starts_at_local + (resolved.ends_at_local - resolved.starts_at_local) / 2 as middle_local,
        measures.rounding,
        measures.block_minutes,
        measures.grace_seconds,
        measures.grace_minutes,
        measures.grace_measured_from,
        measures.makeup_minutes,
        measures.flexi_early_minutes,
        measures.flexi_late_minutes,
        measures.early_by,
        measures.net_minutes,
        case
            when date_part('isodow', resolved.work_date) = 5 then measures.friday_break_minutes
            else measures.break_minutes
        end as break_minutes,
        case when windows.is_in_held then measures.in_earliest end as in_earliest,
        case when windows.is_in_held then measures.in_latest + interval '1 minute' end as in_end,
        case when windows.is_out_held then measures.out_earliest end as out_earliest,
        case when windows.is_out_held then measures.out_latest + interval '1 minute' end as out_end,
        measures.out_pairing,
        parameters.same_act_seconds
    from {{ ref('int_shifts__resolved') }} as resolved
    inner join measures
        on
            resolved.opd_code = measures.opd_code
            and resolved.work_date >= measures.governs_from
            and resolved.work_date < measures.governs_to
    inner join parameters
        on
            resolved.work_date >= parameters.valid_from
            and resolved.work_date < coalesce(parameters.valid_to, 'infinity')
    cross join
        lateral (
            values
            (
                (measures.in_earliest is null or resolved.starts_at_local::time >= measures.in_earliest)
                and (measures.in_latest is null or resolved.starts_at_local::time <= measures.in_latest),
                (measures.out_earliest is null or resolved.ends_at_local::time >= measures.out_earliest)
                and (measures.out_latest is null or resolved.ends_at_local::time <= measures.out_latest)
            )
        ) as windows (is_in_held, is_out_held)
    where {{ only_touched(bounds, 'work_date', 'resolved') }}
),

-- A record of a terminal outside the windows is no coming and no going; what people state has none. One before the first
-- moment of a coming is no going either, one after the last moment of a going no coming.
judged as (
    select
        shifts.employee_id,
        shifts.work_date,
        shifts.shift_no,
        shifts.middle_local,
        shifts.same_act_seconds,
        assigned.punched_at_local,
        assigned.channel,
        assigned.channel <> 'terminal'
        or (
            coalesce(assigned.punched_at_local::time >= shifts.in_earliest, true)
            and coalesce(assigned.punched_at_local::time < shifts.in_end, true)
            and coalesce(assigned.punched_at_local::time < shifts.out_end, true)
        ) as is_coming,
        assigned.channel <> 'terminal'
        or (
            coalesce(assigned.punched_at_local::time >= shifts.out_earliest, true)
            and coalesce(assigned.punched_at_local::time < shifts.out_end, true)
            and coalesce(assigned.punched_at_local::time >= shifts.in_earliest, true)
        ) as is_going
    from shifts
    inner join {{ ref('int_punches__assigned_to_shift') }} as assigned
        on
            shifts.employee_id = assigned.employee_id
            and shifts.work_date = assigned.work_date
            and shifts.shift_no = assigned.shift_no
    where {{ only_touched(bounds, 'work_date', 'assigned') }}
),

spaced as (
    select
        judged.*,
        date_part('epoch', judged.punched_at_local - lag(judged.punched_at_local) over (
            partition by judged.employee_id, judged.work_date, judged.shift_no
            order by judged.punched_at_local
        )) as gap_seconds
    from judged
    where judged.is_coming or judged.is_going
),

-- A punch shortly after another is the same act, and so is a third one shortly after the second.
numbered as (
    select
        spaced.*,
        count(*) filter (where coalesce(spaced.gap_seconds >= spaced.same_act_seconds, true)) over (
            partition by spaced.employee_id, spaced.work_date, spaced.shift_no
            order by spaced.punched_at_local
        ) as act_no
    from spaced
),

summed as (
    select
        numbered.employee_id,
        numbered.work_date,
        numbered.shift_no,
        min(numbered.punched_at_local) filter (where numbered.is_coming) as first_coming_local,
        max(numbered.punched_at_local) filter (where numbered.is_going) as last_going_local,
        min(numbered.punched_at_local) filter (
            where numbered.is_going and numbered.punched_at_local >= numbered.middle_local
        ) as first_going_local,
        min(numbered.act_no) filter (where numbered.is_coming) as first_coming_act,
        max(numbered.act_no) filter (where numbered.is_going) as last_going_act,
        min(numbered.act_no) filter (
            where numbered.is_going and numbered.punched_at_local >= numbered.middle_local
        ) as first_going_act,
        max(numbered.act_no)::integer as cluster_count,
        bool_or(numbered.channel <> 'terminal') as is_listed
    from numbered
    group by numbered.employee_id, numbered.work_date, numbered.shift_no
),

candidates as (
    select
        shifts.*,
        summed.first_coming_local,
        case shifts.out_pairing
            when 'first' then coalesce(summed.first_going_local, summed.last_going_local)
            else summed.last_going_local
        end as going_local,
        summed.first_coming_act,
        case shifts.out_pairing
            when 'first' then coalesce(summed.first_going_act, summed.last_going_act)
            else summed.last_going_act
        end as going_act,
        coalesce(summed.cluster_count, 0) as cluster_count,
        coalesce(summed.is_listed, false) as is_listed
    from shifts
    left join summed
        on
            shifts.employee_id = summed.employee_id
            and shifts.work_date = summed.work_date
            and shifts.shift_no = summed.shift_no
),

-- Where coming and going would be one act, it belongs to the nearer end.
paired as (
    select
        candidates.*,
        case
            when not acts.is_one or candidates.first_coming_local < candidates.middle_local
                then candidates.first_coming_local
        end as in_at_local,
        case
            when not acts.is_one or candidates.first_coming_local >= candidates.middle_local
                then candidates.going_local
        end as out_at_local
    from candidates
    cross join lateral (values (coalesce(candidates.first_coming_act = candidates.going_act, false))) as acts (is_one)
),

-- Moving hours: begin and end move by as much as he came before or after, within the bounds.
moved as (
    select
        paired.*,
        case
            when paired.in_at_local is null then interval '0'
            else greatest(
                least(paired.in_at_local - paired.starts_at_local, paired.flexi_late_minutes * interval '1 minute'),
                -paired.flexi_early_minutes * interval '1 minute'
            )
        end as moved_by
    from paired
),

-- Of a coming within the grace seconds nothing is counted; beyond them whole minutes, or whole blocks of them.
rounded as (
    select
        moved.*,
        case
            when late.seconds <= moved.grace_seconds then 0
            when moved.rounding = 'ceil_to_block'
                then ceil(late.seconds / 60 / moved.block_minutes)::integer * moved.block_minutes
            else floor(late.seconds / 60)::integer
        end as raw_late_minutes
    from moved
    cross join
        lateral (
            values (date_part('epoch', moved.in_at_local - moved.starts_at_local - moved.moved_by))
        ) as late (seconds)
),

-- Minutes of grace are free, but repaid the same day where the regulation wants it: the end moves. Minutes that count
-- from the begin are paid for and not repaid as well.
graced as (
    select
        rounded.*,
        case
            when rounded.grace_minutes is null then rounded.raw_late_minutes
            when rounded.raw_late_minutes <= rounded.grace_minutes then 0
            when rounded.grace_measured_from = 'end_of_grace' then rounded.raw_late_minutes - rounded.grace_minutes
            else rounded.raw_late_minutes
        end as late_minutes,
        rounded.ends_at_local + rounded.moved_by + case
            when rounded.raw_late_minutes is null or rounded.makeup_minutes is null then 0
            when
                rounded.raw_late_minutes <= rounded.grace_minutes
                or rounded.grace_measured_from = 'end_of_grace'
                then least(rounded.raw_late_minutes, rounded.makeup_minutes)
            else 0
        end * interval '1 minute' as due_out_local
    from rounded
),

final as (
    select
        graced.employee_id,
        graced.work_date,
        graced.shift_no,
        graced.in_at_local,
        graced.out_at_local,
        greatest(graced.late_minutes, 0) as late_minutes,
        case
            when early.seconds <= graced.grace_seconds then 0
            else floor(early.seconds / 60)::integer
        end as early_minutes,
        graced.cluster_count >= 2 and graced.out_at_local < graced.middle_local as is_double_punch,
        graced.cluster_count,
        graced.is_listed,
        graced.starts_at_local + graced.moved_by
        + coalesce(graced.grace_minutes, 0) * interval '1 minute' as due_in_local,
        case when graced.early_by = 'clock' then graced.due_out_local end as due_out_local
    from graced
    cross join
        lateral (
            values
            (
                case graced.early_by
                    when 'net_minutes'
                        then
                            (graced.net_minutes + graced.break_minutes) * 60
                            - date_part('epoch', graced.out_at_local - graced.in_at_local)
                    else date_part('epoch', graced.due_out_local - graced.out_at_local)
                end
            )
        ) as early (seconds)
)

select * from final

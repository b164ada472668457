{{
    config(
        materialized='incremental',
        incremental_strategy='touched_days',
        unique_key=['employee_id', 'work_date'],
        on_schema_change='fail',
        indexes=[{'columns': ['work_date', 'employee_id', 'shift_no'], 'unique': true}],
        pre_hook='set local parallel_tuple_cost = 0.001',
        post_hook='{{ analyze_when_whole() }}'
    )
}}
{%- set bounds = touched_bounds() %}

-- The punches of a shift together: coming, going, minutes, and how many acts (a punch shortly after another is the same
-- act). Of up to three punches the gaps follow from first, last and sum; only where there are more are they put in order:
-- sorting all punches of a year would cost more than everything else here.
with

parameters as (select * from {{ ref('attendance_parameters') }}),

punches as not materialized (
    select
        assigned.employee_id,
        assigned.work_date,
        assigned.shift_no,
        assigned.starts_at_local,
        assigned.ends_at_local,
        assigned.punched_at_local,
        assigned.channel,
        date_part('epoch', assigned.punched_at_local - assigned.work_date) as day_second
    from {{ ref('int_punches__assigned_to_shift') }} as assigned
    where {{ only_touched(bounds, 'work_date', 'assigned') }}
),

summed as materialized (
    select
        punches.employee_id,
        punches.work_date,
        punches.shift_no,
        min(punches.starts_at_local) as starts_at_local,
        min(punches.ends_at_local) as ends_at_local,
        min(punches.punched_at_local) as first_at_local,
        max(punches.punched_at_local) as last_at_local,
        sum(punches.day_second) as second_sum,
        count(*) as punch_count,
        bool_or(punches.channel <> 'terminal') as is_listed
    from punches
    group by punches.employee_id, punches.work_date, punches.shift_no
),

gaps_of_many as (
    select
        punches.employee_id,
        punches.work_date,
        punches.shift_no,
        punches.day_second - lag(punches.day_second) over (
            partition by punches.employee_id, punches.work_date, punches.shift_no
            order by punches.day_second
        ) as gap_seconds
    from punches
    inner join summed
        on
            punches.employee_id = summed.employee_id
            and punches.work_date = summed.work_date
            and punches.shift_no = summed.shift_no
    where summed.punch_count > 3
),

acts_of_many as (
    select
        gaps_of_many.employee_id,
        gaps_of_many.work_date,
        gaps_of_many.shift_no,
        1 + count(*) filter (where gaps_of_many.gap_seconds >= parameters.same_act_seconds) as act_count
    from gaps_of_many
    inner join parameters
        on
            gaps_of_many.work_date >= parameters.valid_from
            and gaps_of_many.work_date < coalesce(parameters.valid_to, 'infinity')
    group by gaps_of_many.employee_id, gaps_of_many.work_date, gaps_of_many.shift_no
),

measured as (
    select
        summed.*,
        parameters.same_act_seconds,
        date_part('epoch', summed.first_at_local - summed.work_date) as first_second,
        date_part('epoch', summed.last_at_local - summed.work_date) as last_second,
        -- where there are three
        summed.second_sum - date_part('epoch', summed.first_at_local - summed.work_date)
        - date_part('epoch', summed.last_at_local - summed.work_date) as middle_second
    from summed
    inner join parameters
        on
            summed.work_date >= parameters.valid_from
            and summed.work_date < coalesce(parameters.valid_to, 'infinity')
),

gathered as (
    select
        measured.employee_id,
        measured.work_date,
        measured.shift_no,
        measured.starts_at_local,
        measured.ends_at_local,
        measured.starts_at_local + (measured.ends_at_local - measured.starts_at_local) / 2 as middle_local,
        measured.first_at_local,
        measured.last_at_local,
        case
            when measured.punch_count > 3 then acts_of_many.act_count
            when measured.punch_count = 3
                then
                    1 + (measured.middle_second - measured.first_second >= measured.same_act_seconds)::integer
                    + (measured.last_second - measured.middle_second >= measured.same_act_seconds)::integer
            when measured.punch_count = 2
                then 1 + (measured.last_second - measured.first_second >= measured.same_act_seconds)::integer
            else 1
        end::integer as cluster_count,
        measured.is_listed
    from measured
    left join acts_of_many
        on
            measured.employee_id = acts_of_many.employee_id
            and measured.work_date = acts_of_many.work_date
            and measured.shift_no = acts_of_many.shift_no
),

-- Two acts or more: the first is the coming, the last the going. One: it belongs to the nearer end.
paired as (
    select
        gathered.employee_id,
        gathered.work_date,
        gathered.shift_no,
        gathered.starts_at_local,
        gathered.ends_at_local,
        case
            when gathered.cluster_count >= 2 or gathered.first_at_local < gathered.middle_local
                then gathered.first_at_local
        end as in_at_local,
        case
            when gathered.cluster_count >= 2 or gathered.first_at_local >= gathered.middle_local
                then gathered.last_at_local
        end as out_at_local,
        gathered.cluster_count >= 2 and gathered.last_at_local < gathered.middle_local as is_double_punch,
        gathered.cluster_count,
        gathered.is_listed
    from gathered
),

-- Whole minutes by the device's clock: the 59th second of the begin's minute is not late.
final as (
    select
        paired.employee_id,
        paired.work_date,
        paired.shift_no,
        paired.in_at_local,
        paired.out_at_local,
        greatest(floor(date_part('epoch', paired.in_at_local - paired.starts_at_local) / 60)::integer, 0)
            as late_minutes,
        greatest(floor(date_part('epoch', paired.ends_at_local - paired.out_at_local) / 60)::integer, 0)
            as early_minutes,
        paired.is_double_punch,
        paired.cluster_count,
        paired.is_listed
    from paired
)

select * from final

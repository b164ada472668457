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

-- The punches of a shift together: coming, going, minutes, how many acts (a punch shortly after another is the same act), and
-- the list of them. The list is put together as text, several times as fast as jsonb_agg over millions.
with

parameters as (select * from {{ ref('attendance_parameters') }}),

punches as (
    select
        assigned.*,
        parameters.same_act_seconds * interval '1 second' as same_act,
        assigned.punched_at_local - lag(assigned.punched_at_local) over (
            partition by assigned.employee_id, assigned.work_date, assigned.shift_no
            order by assigned.punched_at_local
        ) as since_last
    from {{ ref('int_punches__assigned_to_shift') }} as assigned
    inner join parameters
        on
            assigned.work_date >= parameters.valid_from
            and assigned.work_date < coalesce(parameters.valid_to, 'infinity')
    where {{ only_touched(bounds, 'work_date', 'assigned') }}
),

gathered as (
    select
        punches.employee_id,
        punches.work_date,
        punches.shift_no,
        min(punches.starts_at_local) as starts_at_local,
        min(punches.ends_at_local) as ends_at_local,
        min(punches.starts_at_local + (punches.ends_at_local - punches.starts_at_local) / 2) as middle_local,
        min(punches.punched_at_local) as first_at_local,
        max(punches.punched_at_local) as last_at_local,
        (1 + count(*) filter (where punches.since_last >= punches.same_act))::integer as cluster_count,
        bool_or(punches.channel = 'daftar_hadir') as is_listed,
        '[' || string_agg(
            '{"terminal_serial":' || coalesce(to_json(punches.terminal_serial)::text, 'null')
            || ',"punched_at_local":"' || replace(punches.punched_at_local::text, ' ', 'T')
            || '","ordinal":' || coalesce(punches.ordinal::text, 'null')
            || ',"epoch":' || coalesce(punches.epoch::text, 'null')
            || ',"pull_id":' || coalesce(punches.pull_id::text, 'null')
            || ',"channel":"' || punches.channel || '"}',
            ',' order by punches.punched_at_local
        ) || ']' as punches
    from punches
    group by punches.employee_id, punches.work_date, punches.shift_no
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
        gathered.is_listed,
        gathered.punches
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
        paired.is_listed,
        paired.punches
    from paired
)

select * from final

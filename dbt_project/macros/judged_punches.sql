{#-
    The punches behind the cuts: relations `cut_shifts`, `cut_punches`, `punch_lists` and `judged_punches`, the last with
    whether the drift of the terminal's clock explains the cut away. Reads `priced` and `pulls` of the model that calls it.
-#}
{% macro judged_punches(bounds) %}
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
)
{% endmacro %}

-- The fleet in one row: each terminal is read, behind, or not readable; what waits at the gate stands beside it.
with terminals as (
    select
        fleet.terminal_serial,
        fleet.people_count,
        fleet.clock_drift_s,
        fleet.is_nearly_full,
        coalesce(fleet.last_outcome = 'ok', false) as is_answering,
        coalesce(fleet.gap_hours < 2, false) as is_current
    from marts.rpt_fleet as fleet
),

held as (
    select coalesce(sum(quarantine.punch_count), 0) as held_count from marts.rpt_quarantine as quarantine
),

counted as (
    select
        count(*) as terminal_count,
        count(*) filter (where is_answering and is_current) as read_count,
        count(*) filter (where is_answering and not is_current) as behind_count,
        count(*) filter (where not is_answering) as away_count,
        count(*) filter (where abs(clock_drift_s) > 60) as drifting_count,
        count(*) filter (where is_nearly_full) as nearly_full_count,
        coalesce(sum(people_count) filter (where not (is_answering and is_current)), 0) as people_behind_count
    from terminals
)

select
    counted.read_count,
    counted.terminal_count,
    counted.behind_count,
    counted.away_count,
    counted.drifting_count,
    counted.nearly_full_count,
    counted.people_behind_count,
    held.held_count,
    today.data_until_local,
    round(100.0 * counted.read_count / counted.terminal_count, 2) as read_pct
from counted
cross join held
cross join marts.rpt_city_today as today
where counted.terminal_count > 0

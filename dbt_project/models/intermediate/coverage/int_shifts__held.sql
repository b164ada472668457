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

-- Shifts in whose window a terminal of the person holds a record that could be his: his own pin, now or earlier, or an
-- unreadable one holds back everything adverse; a pin of nobody holds back alpa alone, until it is decided whose it is.
with

held_records as (
    select
        quarantine.terminal_serial,
        quarantine.pin,
        quarantine.punched_at_local as from_local,
        quarantine.punched_at_local as to_local
    from {{ ref('stg_dq__quarantine') }} as quarantine
    union all
    select
        placed.terminal_serial,
        placed.pin,
        placed.from_local,
        placed.to_local
    from {{ ref('int_rejects__placed') }} as placed
),

owned_pins as (
    select distinct
        claims.terminal_serial,
        claims.pin,
        claims.employee_id
    from {{ ref('int_pins__claimed') }} as claims
    union
    select
        decisions.terminal_serial,
        decisions.pin,
        decisions.employee_id
    from {{ ref('stg_ops__pin_decisions') }} as decisions
),

-- One row for each person whose record it could be; employee_id null: anybody's.
suspected as (
    select
        held_records.terminal_serial,
        held_records.from_local,
        held_records.to_local,
        owned_pins.employee_id,
        case
            when held_records.pin is null or owned_pins.employee_id is not null then 'all'
            else 'alpa'
        end as held_back
    from held_records
    left join owned_pins
        on held_records.terminal_serial = owned_pins.terminal_serial and held_records.pin = owned_pins.pin
    -- decided: nobody of ours
    where owned_pins.pin is null or owned_pins.employee_id is not null
),

by_date as (
    select distinct
        suspected.terminal_serial,
        suspected.employee_id,
        suspected.held_back,
        suspected.from_local,
        suspected.to_local,
        dates.work_date::date as work_date
    from suspected
    cross join
        lateral generate_series(
            suspected.from_local::date - 2, suspected.to_local::date + 1, interval '1 day'
        ) as dates (work_date)
    {%- if is_incremental() %}
        where dates.work_date between date '{{ bounds.first }}' and date '{{ bounds.last }}'
    {%- endif %}
),

shifts as (
    select
        resolved.employee_id,
        resolved.work_date,
        resolved.shift_no,
        resolved.window_from_local,
        resolved.window_to_local,
        members.terminal_serial
    from {{ ref('int_shifts__resolved') }} as resolved
    cross join lateral unnest(string_to_array(resolved.terminal_set, ' ')) as members (terminal_serial)
    where
        resolved.work_date in (select by_date.work_date from by_date)
        and {{ only_touched(bounds, 'work_date', 'resolved') }}
),

final as (
    select
        shifts.employee_id,
        shifts.work_date,
        shifts.shift_no,
        bool_or(by_date.held_back = 'all') as is_all_held
    from shifts
    inner join by_date
        on
            shifts.work_date = by_date.work_date
            and shifts.terminal_serial = by_date.terminal_serial
            and shifts.window_from_local <= by_date.to_local
            and shifts.window_to_local > by_date.from_local
    where by_date.employee_id is null or by_date.employee_id = shifts.employee_id
    group by shifts.employee_id, shifts.work_date, shifts.shift_no
)

select * from final

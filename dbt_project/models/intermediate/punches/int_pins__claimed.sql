-- Each pin row at each terminal where it holds: a terminal's own pins, and an office's pins at the terminals that
-- stand in it on that day.
with

pins as (select * from {{ ref('stg_reference__pins') }}),

terminals as (select * from {{ ref('stg_reference__terminals') }}),

stays as (
    select
        terminals.terminal_serial,
        terminals.opd_code,
        terminals.installed_on,
        coalesce(terminals.removed_on, 'infinity') as removed_on
    from terminals
),

placed as (
    select
        stays.terminal_serial,
        pins.pin,
        pins.employee_id,
        greatest(pins.valid_from, stays.installed_on) as valid_from,
        least(coalesce(pins.valid_to, 'infinity'), stays.removed_on) as valid_to,
        case pins.scope when 'terminal' then 1 else 2 end as precedence
    from pins
    inner join stays
        on
            pins.scope_code = case pins.scope when 'terminal' then stays.terminal_serial else stays.opd_code end
)

select * from placed
where valid_from < valid_to

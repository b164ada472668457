-- In which office a terminal stands, or stood last: what has no day of its own is told under that one.
with

terminals as (select * from {{ ref('dim_terminal') }}),

opds as (select * from {{ ref('dim_opd') }}),

stays as (
    select distinct on (terminal_serial)
        terminal_serial,
        label,
        opd_code
    from terminals
    order by terminal_serial asc, installed_on desc
),

final as (
    select
        stays.terminal_serial,
        stays.label,
        stays.opd_code,
        opds.opd_name,
        opds.timezone
    from stays
    left join opds on stays.opd_code = opds.opd_code
)

select * from final

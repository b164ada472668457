{{ config(materialized='view') }}

-- Steps of the ladder of discipline for BKPP and the sekda, with names; the heaviest and the newest first.
with

discipline as (select * from {{ ref('fct_discipline') }}),

employees as (select * from {{ ref('dim_employee') }}),

opds as (select * from {{ ref('dim_opd') }}),

regulations as (select * from {{ ref('stg_law__regulations') }}),

final as (
    select
        discipline.year,
        discipline.employee_id,
        employees.nip,
        employees.name,
        discipline.opd_code,
        opds.opd_name,
        discipline.days,
        discipline.consecutive_days,
        discipline.level,
        replace(discipline.sanction, '_', ' ') as sanction,
        discipline.pct,
        discipline.months,
        discipline.salary_stop_from,
        discipline.reached_on,
        discipline.act_by_date,
        discipline.act_by_reason,
        discipline.follow_up,
        regulations.short_name as regulation,
        discipline.legal_basis,
        discipline.incomplete_days,
        discipline.reason
    from discipline
    inner join regulations on discipline.regulation_code = regulations.regulation_code
    left join employees on discipline.employee_id = employees.employee_id
    left join opds on discipline.opd_code = opds.opd_code
)

select * from final

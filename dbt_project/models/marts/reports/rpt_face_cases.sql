{{ config(materialized='view') }}

-- The photos that people have to look at, with whose PIN it was. A case is no verdict.

with mismatches as (
    select * from {{ ref('qc_face_mismatch') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

terminals as (
    select * from {{ ref('dim_terminal') }}
),

final as (
    select
        mismatches.case_no,
        mismatches.taken_at_local,
        mismatches.employee_id,
        employees.nip,
        employees.name,
        employees.opd_code,
        opds.opd_name,
        mismatches.terminal_serial,
        terminals.label,
        mismatches.punched_at_local,
        mismatches.is_borderline
    from mismatches
    inner join employees on mismatches.employee_id = employees.employee_id
    left join opds on employees.opd_code = opds.opd_code
    left join terminals
        on
            mismatches.terminal_serial = terminals.terminal_serial
            and mismatches.taken_at_local >= terminals.installed_on
            and mismatches.taken_at_local < coalesce(terminals.removed_on, 'infinity')
)

select * from final

{{ config(materialized='incremental', incremental_strategy='whole_table', on_schema_change='fail') }}

-- Posting and NIP as of the build; a person whose posting has ended keeps the last one.
with

current_build as (
    select current_build.as_of::date + 1 as today from {{ ref('stg_ops__current_build') }} as current_build
),

postings as (
    select distinct on (posted.employee_id)
        posted.employee_id,
        posted.opd_code
    from {{ ref('stg_reference__postings') }} as posted
    inner join current_build on posted.valid_from <= current_build.today
    order by posted.employee_id asc, posted.valid_from desc
),

numbers as (
    select distinct on (identifiers.employee_id)
        identifiers.employee_id,
        identifiers.value as nip
    from {{ ref('stg_reference__identifiers') }} as identifiers
    inner join current_build on identifiers.valid_from <= current_build.today
    where identifiers.kind = 'nip'
    order by identifiers.employee_id asc, identifiers.valid_from desc
)

select
    employees.employee_id,
    employees.name,
    employees.kind,
    numbers.nip,
    postings.opd_code
from {{ ref('stg_reference__employees') }} as employees
left join numbers on employees.employee_id = numbers.employee_id
left join postings on employees.employee_id = postings.employee_id

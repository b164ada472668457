{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- A table of its own, so that the planner knows how many there are. Empty when everything is built.
select
    build_days.employee_id,
    build_days.work_date
from {{ ref('stg_ops__build_days') }} as build_days

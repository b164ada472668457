{{ config(materialized='incremental', incremental_strategy='whole_table', on_schema_change='fail') }}

select
    offices.opd_code,
    offices.opd_name,
    offices.timezone
from {{ ref('stg_reference__opd') }} as offices

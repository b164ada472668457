{{ config(materialized='incremental', incremental_strategy='whole_table', on_schema_change='fail') }}

select
    terminals.terminal_serial,
    terminals.label,
    terminals.opd_code,
    terminals.driver,
    terminals.installed_on,
    terminals.removed_on
from {{ ref('stg_reference__terminals') }} as terminals

-- noqa: disable=LT02
-- The people and months that this build touches.
{% macro touched_months() %}
    select distinct
        employee_id,
        date_trunc('month', work_date::timestamp)::date as month
    from {{ ref('int_person_days__touched') }}
{% endmacro %}

-- Condition of an incremental model with one row per employee and month: the months that this build touches.
{% macro only_touched_months(bounds, date_column, alias=none, person_alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- set person_prefix = person_alias ~ '.' if person_alias else prefix -%}
    {%- if is_incremental() -%}
    {{ prefix }}{{ date_column }} >= date_trunc('month', date '{{ bounds.first }}')::date
    and {{ prefix }}{{ date_column }} < (date_trunc('month', date '{{ bounds.last }}') + interval '1 month')::date
    and ({{ person_prefix }}employee_id, date_trunc('month', {{ prefix }}{{ date_column }}::timestamp)::date) in (
        select touched_months.employee_id, touched_months.month from ({{ touched_months() }}) as touched_months
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

-- Incremental strategy: the touched months of the touched people go out, what was computed for them comes in.
{% macro get_incremental_touched_months_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set bounds = touched_bounds() %}
    delete from {{ arg_dict['target_relation'] }} as target
    using ({{ touched_months() }}) as touched
    where
        target.employee_id = touched.employee_id and target.month = touched.month
        and target.month between date_trunc('month', date '{{ bounds.first }}') and date '{{ bounds.last }}';
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

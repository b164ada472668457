-- noqa: disable=LT02
{#-
    The columns of one relation from pg_attribute. dbt's own query reads information_schema, a view over the whole
    catalog: without nested loops (warehouse/dbt_run.py) it costs a hundred times as much, some 140 times in a build.
-#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {%- set found = run_query(
        "select attname, format_type(atttypid, atttypmod), null::integer, null::integer, null::integer"
        ~ " from pg_attribute where attrelid = to_regclass('" ~ relation ~ "') and attnum > 0 and not attisdropped"
        ~ " order by attnum"
    ) -%}
    {{ return(sql_convert_columns_in_relation(found)) }}
{%- endmacro %}

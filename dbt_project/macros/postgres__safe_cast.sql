-- noqa: disable=LT02
{#-
    Casts of unit test fixtures. A seed is read as `dbt seed` reads it: an empty cell is null. Arrays
    have no name of their own in information_schema; ours hold text, or numbers where numbers are given.
-#}
{% macro postgres__safe_cast(field, type) %}
    {%- set holds_numbers = modules.re.match("^'[{][0-9., ]+[}]'$", field | string) -%}
    {%- set array_type = 'numeric[]' if holds_numbers else 'text[]' -%}
    cast({{ 'null' if field == "''" else field }} as {{ array_type if type == 'ARRAY' else type }})
{% endmacro %}

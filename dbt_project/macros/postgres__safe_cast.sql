-- noqa: disable=LT02
{#- Casts of unit test fixtures. A seed is read as `dbt seed` reads it: an empty cell is null. -#}
{% macro postgres__safe_cast(field, type) %}
    cast({{ 'null' if field == "''" else field }} as {{ type }})
{% endmacro %}

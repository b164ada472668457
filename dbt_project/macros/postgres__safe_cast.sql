{#-
    Casts of unit test fixtures. A seed is read as `dbt seed` reads it: an empty cell is null. Arrays
    have no name of their own in information_schema; all of ours hold text.
-#}
{% macro postgres__safe_cast(field, type) %}
    cast({{ 'null' if field == "''" else field }} as {{ 'text[]' if type == 'ARRAY' else type }})
{% endmacro %}

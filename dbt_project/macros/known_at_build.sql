-- Rows of the site folder as they were known at the load that the current build works from.
{% macro known_at_build() -%}
    load_from <= (select load_id from {{ ref('stg_ops__current_build') }})
    and (load_to is null or load_to > (select load_id from {{ ref('stg_ops__current_build') }}))
{%- endmacro %}

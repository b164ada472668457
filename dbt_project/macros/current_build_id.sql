-- The number of the running build as a literal: a join to the books would keep the planner from parallel workers.
{% macro current_build_id() -%}
    {%- if execute -%}
        {{ run_query('select coalesce(max(build_id), 0) from ops.builds').rows[0][0] }}::bigint
    {%- else -%}
        0::bigint
    {%- endif -%}
{%- endmacro %}

{#-
    The built-in rows of a seed of the law and the city's own (site folder, regulation/), as known at the build.
    A regulation of the city takes the place of the built-in one as a whole. Where rows belong to no regulation (`key`)
    a row of the city takes the place of the built-in one of the same name; with `only`, one of that condition those of
    that condition. `also_by`: a row of the city with the same key takes the place of the built-in row beside it.
    `marks_own`: name of a column that says whose the row is.
-#}
{% macro united_law(seed, columns, key='regulation_code', only='true', also_by=none, marks_own=none) %}
    {%- set own = source('site_law', 'law_' ~ seed) -%}
    select
        {{ columns | join(',\n        ') }}{{ ',\n        true as ' ~ marks_own if marks_own }}
    from {{ own }}
    where {{ known_at_build() }}
    union all
    select
        {{ columns | join(',\n        ') }}{{ ',\n        false as ' ~ marks_own if marks_own }}
    from {{ ref(seed) }}
    {%- if key == 'regulation_code' %}
    where regulation_code not in (select regulation_code from {{ ref('stg_ops__replaced_regulations') }})
    {%- else %}
    where not ({{ only }} and {{ key }} in (select {{ key }} from {{ own }} where {{ only }} and {{ known_at_build() }}))
    {%- endif %}
    {%- if also_by %}
        and {{ also_by }} not in (select {{ also_by }} from {{ own }} where {{ known_at_build() }})
    {%- endif %}
{% endmacro %}

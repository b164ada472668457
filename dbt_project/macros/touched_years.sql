-- noqa: disable=LT02
-- The people and calendar years that this build touches. A row of alpa goes on into the next year.
{% macro touched_years() %}
    select distinct
        touched.employee_id,
        date_part('year', touched.work_date)::integer + reach.years as year
    from {{ ref('int_person_days__touched') }} as touched
    cross join generate_series(0, 1) as reach (years)
{% endmacro %}

-- Condition of an incremental model with one row per employee and year: the touched years of the touched people. The
-- people as an array, so that it goes through the index of the facts.
{% macro only_touched_years(alias, year) -%}
    {%- if is_incremental() -%}
    {{ alias }}.employee_id = any(array(select touched.employee_id from ({{ touched_years() }}) as touched))
    and ({{ alias }}.employee_id, {{ year }}) in (
        select touched.employee_id, touched.year from ({{ touched_years() }}) as touched
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

-- The same for facts of days: the days of the touched years as literals, so that only they are read.
{% macro only_days_of_touched_years(bounds, alias, date_column='work_date') -%}
    {%- if is_incremental() -%}
    {{ alias }}.{{ date_column }} >= date_trunc('year', date '{{ bounds.first }}')
    and {{ alias }}.{{ date_column }} < date_trunc('year', date '{{ bounds.last }}') + interval '2 years'
    and {{ only_touched_years(alias, "date_part('year', " ~ alias ~ "." ~ date_column ~ ")::integer") }}
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

-- Incremental strategy: the touched years of the touched people go out, what was computed for them comes in.
{% macro get_incremental_touched_years_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }} as target
    using ({{ touched_years() }}) as touched
    where target.employee_id = touched.employee_id and target.year = touched.year;
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

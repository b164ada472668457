-- First and last touched day of the current build as literals: only a constant prunes partitions and
-- lets an index on the day be used. Outside an incremental run they span everything.
{% macro touched_bounds() -%}
    {%- set person_days = ref('int_person_days__touched') -%}
    {%- set dates = ref('int_dates__touched') -%}
    {%- set bounds = {'first': '0001-01-01', 'last': '9999-12-31'} -%}
    {%- if execute and is_incremental() -%}
        {%- set found = run_query(
            "select coalesce(min(local_date), date '9999-12-01'), coalesce(max(local_date), date '0001-02-01') from "
            ~ dates
        ) -%}
        {%- do bounds.update({'first': found.rows[0][0] | string, 'last': found.rows[0][1] | string}) -%}
    {%- endif -%}
    {{ return(bounds) }}
{%- endmacro %}

-- Condition of an incremental model: the person-days of this build and no other. The person may stand in another
-- relation than the day.
{% macro only_touched(bounds, date_column='work_date', alias=none, person_alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- set person_prefix = person_alias ~ '.' if person_alias else prefix -%}
    {%- if is_incremental() -%}
    {{ prefix }}{{ date_column }} between date '{{ bounds.first }}' and date '{{ bounds.last }}'
    and ({{ person_prefix }}employee_id, {{ prefix }}{{ date_column }}) in (
        select touched.employee_id, touched.work_date from {{ ref('int_person_days__touched') }} as touched
    )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

-- The same for models whose grain holds a day but no person.
{% macro only_touched_dates(bounds, date_column='work_date', alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- if is_incremental() -%}
    {{ prefix }}{{ date_column }} between date '{{ bounds.first }}' and date '{{ bounds.last }}'
    and {{ prefix }}{{ date_column }} in (select touched.local_date from {{ ref('int_dates__touched') }} as touched)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

-- Incremental strategy: takes out what the touched days say of the unique_key, puts in what was computed for them.
-- unique_key is [employee_id, <day>], or <day> alone.
{% macro get_incremental_touched_days_sql(arg_dict) %}
    {%- set keys = arg_dict['unique_key'] if arg_dict['unique_key'] is not string else [arg_dict['unique_key']] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set has_person = 'employee_id' in keys -%}
    {%- set touched = ref('int_person_days__touched') if has_person else ref('int_dates__touched') -%}
    {%- set touched_day = 'work_date' if has_person else 'local_date' -%}
    {%- set bounds = touched_bounds() -%}
    delete from {{ arg_dict['target_relation'] }} as target
    using (select distinct {% if has_person %}employee_id{% endif %}
    {%- if keys | reject('equalto', 'employee_id') | list %}
    {%- if has_person %}, {% endif %}{{ touched_day }}{% endif %} from {{ touched }}) as touched
    where true
    {%- for key in keys %}
        {%- if key == 'employee_id' %}
        and target.employee_id = touched.employee_id
        {%- else %}
        and target.{{ key }} = touched.{{ touched_day }}
        and target.{{ key }} between date '{{ bounds.first }}' and date '{{ bounds.last }}'
        {%- endif %}
    {%- endfor %};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

-- Incremental strategy for facts whose rows hang together per person: who is in the delta is replaced as a whole; a row
-- without a day says that nothing is left of him.
{% macro get_incremental_touched_people_sql(arg_dict) %}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
delete from {{ arg_dict['target_relation'] }}
    where employee_id in (select employee_id from {{ arg_dict['temp_relation'] }});
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where work_date is not null
{% endmacro %}

-- Incremental strategy for small tables that are made anew each time: emptied and filled in one transaction. A table
-- that is dropped and renamed would take the views that stand on it along.
{% macro get_incremental_whole_table_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

-- After a table was made whole its statistics are missing, and the next model's plan would be a guess.
-- A delta does not change them enough to pay for another look.
{% macro analyze_when_whole() -%}
    {%- if execute and not is_incremental() -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}

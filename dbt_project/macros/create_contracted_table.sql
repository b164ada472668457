-- A table with a contract in one statement: 'create table as' may use parallel workers, dbt's own 'create table' and
-- 'insert' may not (a year of facts takes twice as long). The contract is checked before, by dbt; of constraints the
-- project uses not_null only.
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- set sql_header = config.get('sql_header') -%}
    {{ sql_header if sql_header is not none }}
    {%- if contract.enforced %}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    create {% if temporary %}temporary {% endif %}table {{ relation }} as (
    {%- if contract.enforced and not temporary %}
        select {{ model['columns'] | join(', ') }} from (
    {%- endif %}
    {{ sql }}
    {%- if contract.enforced and not temporary %}
        ) as contracted
    {%- endif %}
    );
    {%- if contract.enforced and not temporary %}
        {{ set_not_null_columns(relation) }}
    {%- endif -%}
{%- endmacro %}

-- In one statement: each would read the whole table again.
{% macro set_not_null_columns(relation) -%}
    {%- set filled = [] -%}
    {%- for column in model['columns'].values() -%}
        {%- for constraint in column.get('constraints', []) -%}
            {%- if constraint['type'] != 'not_null' -%}
                {{ exceptions.raise_compiler_error('only not_null constraints are made: ' ~ constraint['type']) }}
            {%- endif -%}
            {%- do filled.append('alter column ' ~ column['name'] ~ ' set not null') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if filled %}
    alter table {{ relation }} {{ filled | join(', ') }};
    {%- endif -%}
{%- endmacro %}

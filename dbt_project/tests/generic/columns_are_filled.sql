-- noqa: disable=LT02
-- Red when a required column is empty or a column holds a word that is not on its closed list.
-- One query per relation: a test per column would cost more than the build it guards.
{% test columns_are_filled(model, required, words=none) %}

{%- set gaps = [] -%}
{%- for column in required -%}
    {%- do gaps.append(column ~ ' is null') -%}
{%- endfor -%}
{%- for column, allowed in (words or {}).items() -%}
    {%- do gaps.append(column ~ " not in ('" ~ allowed | join("', '") ~ "')") -%}
{%- endfor %}

select *
from {{ model }}
where {{ gaps | join(' or ') }}

{% endtest %}

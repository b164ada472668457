-- Red for each row for which the expression is not true; unknown is not true.
{% test expression_is_true(model, expression) %}

select *
from {{ model }}
where ({{ expression }}) is not true

{% endtest %}

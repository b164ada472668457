-- noqa: disable=LT02
-- Red when two rows with the same keys are valid on the same day; validity is [valid_from, valid_to).
{% test validity_does_not_overlap(model, keys=[]) %}

select earlier.*
from {{ model }} as earlier
inner join {{ model }} as later
    on
        earlier.valid_from <= later.valid_from
        and coalesce(earlier.valid_to, 'infinity'::date) > later.valid_from
        and earlier.ctid <> later.ctid
        {%- for key in keys %}
        and earlier.{{ key }} is not distinct from later.{{ key }}
        {%- endfor %}

{% endtest %}

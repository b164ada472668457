{#-
    Who of several claims holds, from when to when: claims of the same `keys` are cut at each day on which one of them
    begins or ends, and of those that hold on such a stretch the first by `order_by` is taken.
    Reads the cte `claims` with claimed_from and claimed_to (half-open, infinity = open); gives keys, valid_from,
    valid_to and `columns`.
-#}
{% macro first_claims(keys, columns, order_by) %}
    select distinct on ({% for key in keys %}stretches.{{ key }}, {% endfor %}stretches.valid_from)
        {% for key in keys -%}
        stretches.{{ key }},
        {% endfor -%}
        stretches.valid_from,
        stretches.valid_to,
        {% for column in columns -%}
        claims.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from (
        select
            {% for key in keys -%}
            borders.{{ key }},
            {% endfor -%}
            borders.border_date as valid_from,
            lead(borders.border_date) over (
                partition by {% for key in keys %}borders.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
                order by borders.border_date
            ) as valid_to
        from (
            select {% for key in keys %}claims.{{ key }}, {% endfor %}claims.claimed_from as border_date from claims
            union
            select {% for key in keys %}claims.{{ key }}, {% endfor %}claims.claimed_to from claims
        ) as borders
    ) as stretches
    inner join claims
        on
            {% for key in keys -%}
            stretches.{{ key }} = claims.{{ key }}
            and {% endfor -%}
            stretches.valid_from >= claims.claimed_from
            and stretches.valid_to <= claims.claimed_to
    order by
        {% for key in keys %}stretches.{{ key }}, {% endfor %}stretches.valid_from,
        {% for term in order_by %}claims.{{ term }}{{ ', ' if not loop.last }}{% endfor %}
{% endmacro %}

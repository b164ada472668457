{#-
    Who of several claims holds, from when to when: claims of the same `keys` are cut at each day on which one of them
    begins or ends, and of those that hold on such a stretch the first by `order_by` is taken.
    Reads the cte `claims` with claimed_from and claimed_to (half-open, infinity = open); gives keys, valid_from,
    valid_to and `columns`.
-#}
{% macro first_claims(keys, columns, order_by) %}
    {%- set of_stretches = 'stretches.' ~ keys | join(', stretches.') -%}
    {%- set of_borders = 'borders.' ~ keys | join(', borders.') -%}
    {%- set of_claims = 'claims.' ~ keys | join(', claims.') -%}
    select distinct on ({{ of_stretches }}, stretches.valid_from)
        {{ of_stretches }},
        stretches.valid_from,
        stretches.valid_to,
        {{ 'claims.' ~ columns | join(', claims.') }}
    from (
        select
            {{ of_borders }},
            borders.border_date as valid_from,
            lead(borders.border_date) over (partition by {{ of_borders }} order by borders.border_date) as valid_to
        from (
            select {{ of_claims }}, claims.claimed_from as border_date from claims
            union
            select {{ of_claims }}, claims.claimed_to from claims
        ) as borders
    ) as stretches
    inner join claims
        on
            stretches.valid_from >= claims.claimed_from
            and stretches.valid_to <= claims.claimed_to
            and ({{ of_stretches }}) = ({{ of_claims }})
    order by {{ of_stretches }}, stretches.valid_from, {{ 'claims.' ~ order_by | join(', claims.') }}
{% endmacro %}

{#-
    Rules of a dated seed with the days on which they govern the city: a rule holds where its own
    validity and its regulation's application meet. It is payable only if both are in force.
-#}
{% macro governing(seed) %}
    select
        rules.*,
        greatest(rules.valid_from, applications.valid_from) as governs_from,
        least(
            coalesce(rules.valid_to, 'infinity'::date), coalesce(applications.valid_to, 'infinity'::date)
        ) as governs_to,
        case
            when 'announced' in (rules.rule_status, applications.rule_status) then 'announced'
            else 'in_force'
        end as governing_status
    from {{ ref(seed) }} as rules
    inner join {{ ref('regulation_applications') }} as applications
        on rules.regulation_code = applications.regulation_code
{% endmacro %}

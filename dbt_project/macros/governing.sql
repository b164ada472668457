{#-
    Rules of a dated seed with the offices and days that they govern: a rule holds where its own validity and its
    regulation's application meet. It is payable only if both are in force.
-#}
{% macro governing(seed, purpose='potongan') %}
    select
        rules.*,
        applications.opd_code,
        greatest(rules.valid_from, applications.valid_from) as governs_from,
        least(coalesce(rules.valid_to, 'infinity'::date), applications.valid_to) as governs_to,
        case
            when 'announced' in (rules.rule_status, applications.application_status) then 'announced'
            else 'in_force'
        end as governing_status
    from {{ ref('stg_law__' ~ seed) }} as rules
    inner join {{ ref('int_regulations__governing') }} as applications
        on
            rules.regulation_code = applications.regulation_code
            and applications.purpose = '{{ purpose }}'
            and rules.valid_from < applications.valid_to
            and coalesce(rules.valid_to, 'infinity'::date) > applications.valid_from
{% endmacro %}

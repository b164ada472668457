-- Red when two rows share the grain (name and argument as in dbt_utils). Where a unique index on just these columns
-- stands, the database has proven it while it built the index, and the table is not read again.
{% test unique_combination_of_columns(model, combination_of_columns) %}

select
    {{ combination_of_columns | join(', ') }},
    count(*) as row_count
from {{ model }}
where
    not exists (
        select 1 from pg_index
        where
            indrelid = to_regclass('{{ model }}') and indisunique and indisvalid and indpred is null
            and indexprs is null and not indnullsnotdistinct
            and (
                select array_agg(attname::text order by attname) from pg_attribute
                where attrelid = indrelid and attnum = any(indkey)
            ) = array['{{ combination_of_columns | sort | join("', '") }}']
            and (
                select bool_and(attnotnull) from pg_attribute where attrelid = indrelid and attnum = any(indkey)
            )
    )
group by {{ combination_of_columns | join(', ') }}
having count(*) > 1

{% endtest %}

-- hadir build gives its number to each session of its dbt process. A process that outlived a killed
-- build finds a newer number in ops.builds and stops here, inside the model's transaction.
{% macro refuse_outlived_build() -%}
    {%- if execute -%}
    do $$
    begin
        if nullif(current_setting('hadir.build_id', true), '')::bigint < (select max(build_id) from ops.builds) then
            raise exception 'pembangunan ini sudah digantikan oleh pembangunan yang lebih baru';
        end if;
    end
    $$
    {%- endif -%}
{%- endmacro %}

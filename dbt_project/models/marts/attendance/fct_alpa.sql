{{
    config(
        materialized='incremental',
        incremental_strategy='touched_people',
        unique_key='employee_id',
        on_schema_change='fail',
        indexes=[{'columns': ['employee_id', 'work_date'], 'unique': true}]
    )
}}
{%- set bounds = touched_bounds() %}

-- Days of alpa, numbered in a row of working days and within the calendar year. A touched day can change the numbers of
-- the person's other days, so his whole history is made anew: of those who have or had alpa on it, and of those for whom
-- it may break or join a row. A row without a day takes out a person who has none left.
with

days as not materialized (
    select
        daily.employee_id,
        daily.work_date,
        daily.opd_code,
        daily.status
    from {{ ref('fct_daily_attendance') }} as daily
    -- no working days of his: a day off with an event, a day that by the quorum of the office counts for nobody
    where daily.status not in ('LIBUR', 'TIDAK_DIHITUNG')
),

{%- if is_incremental() %}

    touched as (select * from {{ ref('int_person_days__touched') }}),

    known_runs as (
        select
            known.employee_id,
            known.run_start_date,
            max(known.work_date) as last_date
        from {{ this }} as known
        group by known.employee_id, known.run_start_date
    ),

    known_people as (
        select
            known_runs.employee_id,
            min(known_runs.run_start_date) as first_date,
            max(known_runs.last_date) as last_date
        from known_runs
        group by known_runs.employee_id
    ),

{%- endif %}

concerned as (
    select days.employee_id
    from days
    where days.status = 'ALPA' and {{ only_touched(bounds, 'work_date', 'days') }}
    {%- if is_incremental() %}
        union
        -- he had alpa then, or it lies inside a row of his, which a new working day breaks
        select touched.employee_id
        from touched
        inner join known_runs
            on
                touched.employee_id = known_runs.employee_id
                and touched.work_date between known_runs.run_start_date and known_runs.last_date
        union
        -- it is no working day, or none any more: the rows on both sides of it may be one
        select touched.employee_id
        from touched
        inner join known_people
            on
                touched.employee_id = known_people.employee_id
                and touched.work_date between known_people.first_date and known_people.last_date
        left join days
            on
                touched.employee_id = days.employee_id
                and touched.work_date = days.work_date
                and days.work_date between date '{{ bounds.first }}' and date '{{ bounds.last }}'
        where days.employee_id is null
    {%- endif %}
),

numbered as (
    select
        days.employee_id,
        days.work_date,
        days.opd_code,
        days.status,
        row_number() over (partition by days.employee_id order by days.work_date) as day_no
    from days
    {%- if is_incremental() %}
        -- as an array: it goes through the index, however long the history
        where days.employee_id = any(array(select concerned.employee_id from concerned))
    {%- else %}
        where days.employee_id in (select concerned.employee_id from concerned)
    {%- endif %}
),

runs as (
    select
        numbered.employee_id,
        numbered.work_date,
        numbered.opd_code,
        numbered.day_no - row_number() over (partition by numbered.employee_id order by numbered.work_date) as run_no
    from numbered
    where numbered.status = 'ALPA'
),

final as (
    select
        runs.employee_id,
        runs.work_date,
        runs.opd_code,
        min(runs.work_date) over run_days as run_start_date,
        (row_number() over run_days)::integer as run_day_no,
        (row_number() over year_days)::integer as year_day_no
    from runs
    window
        run_days as (partition by runs.employee_id, runs.run_no order by runs.work_date),
        year_days as (partition by runs.employee_id, date_part('year', runs.work_date) order by runs.work_date)
)

select * from final
{%- if is_incremental() %}
    union all
    select
        concerned.employee_id,
        null as work_date,
        null as opd_code,
        null as run_start_date,
        null as run_day_no,
        null as year_day_no
    from concerned
    where concerned.employee_id not in (select final.employee_id from final)
{%- endif %}

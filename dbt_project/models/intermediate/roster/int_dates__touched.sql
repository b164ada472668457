{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- Days that the build looks at: those of the touched person-days, and for the books of the terminals the days on
-- which a new pull was made, brought punches, or moved the end of what has been read.
with

current_build as (select * from {{ ref('stg_ops__current_build') }}),

pulls as (select * from {{ ref('stg_raw__pulls') }}),

new_pulls as (
    select
        pulls.pull_id,
        pulls.terminal_serial,
        pulls.started_at::date as started_date,
        pulls.covers_until_local::date as covers_until_date
    from pulls
    cross join current_build
    where pulls.is_new and not current_build.is_full
),

old_coverage as (
    select
        pulls.terminal_serial,
        max(pulls.covers_until_local)::date as covers_until_date
    from pulls
    where not pulls.is_new and pulls.terminal_serial in (select new_pulls.terminal_serial from new_pulls)
    group by pulls.terminal_serial
),

moved as (
    select
        generate_series(
            coalesce(old_coverage.covers_until_date, new_coverage.covers_until_date), new_coverage.covers_until_date,
            interval '1 day'
        )::date as local_date
    from (
        select
            new_pulls.terminal_serial,
            max(new_pulls.covers_until_date) as covers_until_date
        from new_pulls
        group by new_pulls.terminal_serial
    ) as new_coverage
    left join old_coverage on new_coverage.terminal_serial = old_coverage.terminal_serial
),

-- A device whose clock runs ahead may say that it covers days to come.
moved_books as (
    select new_pulls.started_date + around.day_offset as local_date
    from new_pulls
    cross join (values (0), (1)) as around (day_offset)
    union
    select moved.local_date from moved
    union
    select punches.punched_at_local::date
    from {{ ref('stg_raw__punches') }} as punches
    inner join new_pulls on punches.pull_id = new_pulls.pull_id
),

days as (
    select touched.work_date as local_date from {{ ref('int_person_days__touched') }} as touched
    union
    select moved_books.local_date
    from moved_books
    cross join current_build
    where moved_books.local_date <= current_build.as_of::date + 1
)

select * from days

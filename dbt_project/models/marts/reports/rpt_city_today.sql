{{ config(materialized='view') }}

-- The running day of the whole city in one row; it is there on a day without work too.

with presence as (
    select * from {{ ref('rpt_presence_by_opd') }}
    where day_kind = 'hari_ini'
),

opds as (
    select * from {{ ref('dim_opd') }}
),

build as (
    select * from {{ ref('stg_ops__current_build') }}
),

terminals_read as (
    select * from {{ ref('int_terminals__read') }}
),

moment as (
    select min(date_trunc('second', build.as_of at time zone opds.timezone)) as as_of_local
    from build
    cross join opds
),

newest as (
    select max(covers_until_local) as data_until_local from terminals_read
),

final as (
    select
        moment.as_of_local,
        moment.as_of_local::date as work_date,
        coalesce(sum(presence.expected_count), 0)::bigint as expected_count,
        coalesce(sum(presence.arrived_count), 0)::bigint as arrived_count,
        coalesce(sum(presence.not_due_count), 0)::bigint as not_due_count,
        coalesce(sum(presence.excused_count), 0)::bigint as excused_count,
        coalesce(sum(presence.no_data_count), 0)::bigint as no_data_count,
        least(newest.data_until_local, moment.as_of_local) as data_until_local
    from moment
    cross join newest
    left join presence on true
    group by moment.as_of_local, newest.data_until_local
)

select * from final

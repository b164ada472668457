{{ config(materialized='view') }}

-- Where each month stands, what it leaves open, who signed it and what has come since.

with months as (
    select * from {{ ref('fct_monthly_deductions') }}
),

month_states as (
    select * from {{ ref('stg_ops__month_states') }}
),

approvals as (
    select * from {{ ref('stg_ops__approvals') }}
),

susulan as (
    select * from {{ ref('rpt_susulan') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

build as (
    select * from {{ ref('stg_ops__current_build') }}
),

moment as (
    select
        min(opds.timezone) as timezone,
        min(date_trunc('second', build.as_of at time zone opds.timezone)) as as_of_local
    from build
    cross join opds
),

summed as (
    select
        month,
        max(close_state) as close_state,
        count(*) as people_count,
        sum(payable_idr)::numeric(14, 2) as payable_idr,
        sum(projected_idr)::numeric(14, 2) as projected_idr,
        sum(undecided_count)::bigint as undecided_count,
        count(*) filter (where undecided_count > 0) as undecided_people_count,
        sum(incomplete_day_count)::bigint as incomplete_day_count,
        count(*) filter (where incomplete_day_count > 0) as incomplete_people_count
    from months
    group by month
),

late as (
    select
        month,
        count(*) as susulan_people_count,
        sum(difference_payable_idr)::numeric(14, 2) as susulan_payable_idr,
        sum(difference_projected_idr)::numeric(14, 2) as susulan_projected_idr
    from susulan
    group by month
),

final as (
    select
        summed.month,
        summed.close_state,
        (summed.month + interval '1 month') <= moment.as_of_local as is_over,
        summed.people_count,
        summed.payable_idr,
        summed.projected_idr,
        summed.undecided_count,
        summed.undecided_people_count,
        summed.incomplete_day_count,
        summed.incomplete_people_count,
        date_trunc('second', month_states.changed_at at time zone moment.timezone) as changed_at_local,
        approvals.decided_by,
        approvals.role,
        approvals.letter_no,
        month_states.build_id,
        month_states.load_id,
        month_states.rules_sha256,
        month_states.figures_sha256,
        coalesce(late.susulan_people_count, 0) as susulan_people_count,
        coalesce(late.susulan_payable_idr, 0)::numeric(14, 2) as susulan_payable_idr,
        coalesce(late.susulan_projected_idr, 0)::numeric(14, 2) as susulan_projected_idr
    from summed
    cross join moment
    left join month_states on summed.month = month_states.month
    left join approvals on month_states.approval_id = approvals.approval_id
    left join late on summed.month = late.month
)

select * from final

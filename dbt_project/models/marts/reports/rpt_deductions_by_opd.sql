{{ config(materialized='view') }}

-- Rupiah of each office by month, with what they leave out beside them.

with months as (
    select * from {{ ref('fct_monthly_deductions') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

final as (
    select
        months.month,
        months.opd_code,
        opds.opd_name,
        count(*) as people_count,
        sum(months.payable_idr)::numeric(14, 2) as payable_idr,
        sum(months.projected_idr)::numeric(14, 2) as projected_idr,
        sum(months.undecided_count)::bigint as undecided_count,
        sum(months.incomplete_day_count)::bigint as incomplete_day_count
    from months
    inner join opds on months.opd_code = opds.opd_code
    group by months.month, months.opd_code, opds.opd_name
)

select * from final

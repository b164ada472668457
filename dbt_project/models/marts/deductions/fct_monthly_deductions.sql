{{ config(materialized='view') }}

-- What a month costs each person. While a month is open this is what the build has computed; from its lock on it is
-- the row that was frozen then, whatever comes later. A view: a lock or a close shows at once, without a build.

with computed as (
    select * from {{ ref('int_monthly_deductions__computed') }}
),

closed_months as (
    select * from {{ ref('stg_ops__closed_months') }}
),

month_states as (
    select * from {{ ref('stg_ops__month_states') }}
),

final as (
    select
        computed.employee_id,
        computed.month,
        computed.opd_code,
        computed.base_idr,
        computed.payable_pct,
        computed.payable_idr,
        computed.projected_pct,
        computed.projected_idr,
        computed.undecided_count,
        computed.incomplete_day_count,
        computed.alpa_day_count,
        computed.month_state,
        computed.pct,
        computed.attendance_part_pct,
        computed.total_part_pct,
        computed.paid_pct,
        computed.cut_idr,
        computed.candidates,
        computed.triggers,
        computed.reason,
        'OPEN' as close_state
    from computed
    left join month_states on computed.month = month_states.month
    where month_states.frozen_id is null
    union all
    select
        closed_months.employee_id,
        closed_months.month,
        closed_months.opd_code,
        closed_months.base_idr,
        closed_months.payable_pct,
        closed_months.payable_idr,
        closed_months.projected_pct,
        closed_months.projected_idr,
        closed_months.undecided_count,
        closed_months.incomplete_day_count,
        closed_months.alpa_day_count,
        closed_months.month_state,
        closed_months.pct,
        closed_months.attendance_part_pct,
        closed_months.total_part_pct,
        closed_months.paid_pct,
        closed_months.cut_idr,
        closed_months.candidates,
        closed_months.triggers,
        closed_months.reason,
        month_states.state as close_state
    from closed_months
    inner join month_states on closed_months.transition_id = month_states.frozen_id
)

select * from final

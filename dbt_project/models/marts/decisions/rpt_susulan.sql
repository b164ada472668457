{{ config(materialized='view') }}

-- What closed months would cost by what is known now, beside what was closed, and which data came in between.

with months as (
    select * from {{ ref('fct_monthly_deductions') }}
    where close_state = 'CLOSED'
),

computed as (
    select * from {{ ref('int_monthly_deductions__computed') }}
),

month_states as (
    select * from {{ ref('stg_ops__month_states') }}
    where state = 'CLOSED'
),

closed_cuts as (
    select * from {{ ref('stg_ops__closed_cuts') }}
),

frozen_months as (
    select * from {{ ref('stg_ops__month_states') }}
    where frozen_id is not null
),

closed_susulan as (
    select * from {{ ref('stg_ops__closed_susulan') }}
),

deductions as (
    select * from {{ ref('fct_deductions') }}
),

shifts as (
    select * from {{ ref('fct_shift_attendance') }}
),

punches as (
    select * from {{ ref('int_punches__assigned_to_shift') }}
),

terminal_sets as (
    select * from {{ ref('int_terminal_sets__by_employee') }}
),

pulls as (
    select * from {{ ref('stg_raw__pulls') }}
),

build_pulls as (
    select * from {{ ref('stg_ops__build_pulls') }}
),

build as (
    select * from {{ ref('stg_ops__current_build') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

terminals as (
    select * from {{ ref('int_terminals__last_office') }}
),

-- Both sides in one list: somebody may stand on one of them only.
sides as (
    select
        employee_id,
        month,
        opd_code,
        payable_pct,
        payable_idr,
        projected_pct,
        projected_idr,
        undecided_count,
        'closed' as side
    from months
    union all
    select
        computed.employee_id,
        computed.month,
        computed.opd_code,
        computed.payable_pct,
        computed.payable_idr,
        computed.projected_pct,
        computed.projected_idr,
        computed.undecided_count,
        'now' as side
    from computed
    inner join month_states on computed.month = month_states.month
),

compared as (
    select
        employee_id,
        month,
        max(opd_code) as opd_code,
        coalesce(sum(payable_pct) filter (where side = 'closed'), 0) as closed_payable_pct,
        coalesce(sum(payable_idr) filter (where side = 'closed'), 0) as closed_payable_idr,
        coalesce(sum(projected_pct) filter (where side = 'closed'), 0) as closed_projected_pct,
        coalesce(sum(projected_idr) filter (where side = 'closed'), 0) as closed_projected_idr,
        coalesce(sum(undecided_count) filter (where side = 'closed'), 0) as closed_undecided_count,
        coalesce(sum(payable_pct) filter (where side = 'now'), 0) as now_payable_pct,
        coalesce(sum(payable_idr) filter (where side = 'now'), 0) as now_payable_idr,
        coalesce(sum(projected_pct) filter (where side = 'now'), 0) as now_projected_pct,
        coalesce(sum(projected_idr) filter (where side = 'now'), 0) as now_projected_idr,
        coalesce(sum(undecided_count) filter (where side = 'now'), 0) as now_undecided_count
    from sides
    group by employee_id, month
),

-- What later months have already brought: only locks that still hold count.
settled as (
    select
        closed_susulan.employee_id,
        closed_susulan.month,
        sum(closed_susulan.due_payable_pct) as settled_payable_pct,
        sum(closed_susulan.due_payable_idr) as settled_payable_idr
    from closed_susulan
    inner join frozen_months on closed_susulan.transition_id = frozen_months.frozen_id
    group by closed_susulan.employee_id, closed_susulan.month
),

-- The next payment: the month after the last one whose figures stand still.
next_payment as (
    select (max(month) + interval '1 month')::date as payment_month from frozen_months
),

differing as (
    select
        compared.*,
        coalesce(settled.settled_payable_pct, 0) as settled_payable_pct,
        coalesce(settled.settled_payable_idr, 0) as settled_payable_idr
    from compared
    left join settled on compared.employee_id = settled.employee_id and compared.month = settled.month
    where
        compared.closed_payable_pct <> compared.now_payable_pct
        or compared.closed_payable_idr <> compared.now_payable_idr
        or compared.closed_projected_pct <> compared.now_projected_pct
        or compared.closed_projected_idr <> compared.now_projected_idr
        or compared.closed_undecided_count <> compared.now_undecided_count
        or settled.settled_payable_idr <> 0
),

-- The cuts that make the difference: new, gone, or with another amount.
cut_sides as (
    select
        differing.employee_id,
        differing.month,
        closed_cuts.work_date,
        closed_cuts.deduction_id,
        closed_cuts.pct,
        coalesce(closed_cuts.amount_idr, closed_cuts.fixed_idr) as fixed_idr,
        closed_cuts.state,
        null::bigint as approval_id
    from differing
    inner join month_states on differing.month = month_states.month
    inner join closed_cuts
        on
            month_states.frozen_id = closed_cuts.transition_id
            and differing.employee_id = closed_cuts.employee_id
    union all
    select
        differing.employee_id,
        differing.month,
        deductions.work_date,
        deductions.deduction_id,
        deductions.pct,
        coalesce(deductions.amount_idr, deductions.fixed_idr) as fixed_idr,
        deductions.state,
        (deductions.trace -> 'decision' ->> 'approval_id')::bigint as approval_id
    from differing
    inner join deductions
        on
            differing.employee_id = deductions.employee_id
            and differing.month <= deductions.work_date
            and deductions.work_date < differing.month + interval '1 month'
),

changed_cuts as (
    select
        employee_id,
        month,
        work_date,
        deduction_id,
        max(approval_id) as approval_id
    from cut_sides
    group by employee_id, month, work_date, deduction_id
    having
        count(*) = 1
        or min(state) <> max(state)
        or min(pct) is distinct from max(pct)
        or min(fixed_idr) is distinct from max(fixed_idr)
        or count(pct) = 1
        or count(fixed_idr) = 1
),

changed_days as (
    select distinct
        changed_cuts.employee_id,
        changed_cuts.month,
        shifts.work_date,
        shifts.window_to_local,
        terminal_sets.terminal_set
    from changed_cuts
    inner join shifts
        on changed_cuts.employee_id = shifts.employee_id and changed_cuts.work_date = shifts.work_date
    left join terminal_sets
        on
            changed_cuts.employee_id = terminal_sets.employee_id
            and changed_cuts.work_date >= terminal_sets.valid_from
            and changed_cuts.work_date < terminal_sets.valid_to
),

-- Records that came after the close, and readings that went past a shift's end for the first time after it.
known_pulls as (
    select
        pulls.*,
        build_pulls.build_id,
        month_states.month,
        build_pulls.build_id > month_states.build_id as is_late
    from pulls
    inner join build_pulls on pulls.pull_id = build_pulls.pull_id
    cross join month_states
    where pulls.outcome = 'ok'
),

first_proofs as (
    select distinct on (
        changed_days.employee_id, changed_days.month, changed_days.window_to_local, known.terminal_serial
    )
        changed_days.employee_id,
        changed_days.month,
        known.pull_id,
        known.is_late
    from changed_days
    cross join lateral unnest(string_to_array(changed_days.terminal_set, ' ')) as members (terminal_serial)
    inner join known_pulls as known
        on
            members.terminal_serial = known.terminal_serial
            and changed_days.month = known.month
            and changed_days.window_to_local <= known.covers_until_local
    order by
        changed_days.employee_id, changed_days.month, changed_days.window_to_local, known.terminal_serial, known.pull_id
),

late_pulls as (
    select
        employee_id,
        month,
        pull_id
    from first_proofs
    where is_late
    union
    select
        changed_days.employee_id,
        changed_days.month,
        punches.pull_id
    from changed_days
    inner join punches
        on changed_days.employee_id = punches.employee_id and changed_days.work_date = punches.work_date
    inner join known_pulls as known
        on punches.pull_id = known.pull_id and changed_days.month = known.month
    where known.is_late
),

pulls_in_words as (
    select
        late_pulls.employee_id,
        late_pulls.month,
        string_agg(
            'penarikan ' || pulls.pull_id || ' terminal ' || coalesce(terminals.label, pulls.terminal_serial)
            || case pulls.channel when 'usb_file' then ' (berkas USB)' else ' (jaringan)' end, ', '
            order by pulls.pull_id
        ) as pulls_text
    from late_pulls
    inner join pulls on late_pulls.pull_id = pulls.pull_id
    left join terminals on pulls.terminal_serial = terminals.terminal_serial
    group by late_pulls.employee_id, late_pulls.month
),

late_decisions as (
    select
        changed_cuts.employee_id,
        changed_cuts.month,
        string_agg(distinct 'keputusan nomor ' || changed_cuts.approval_id, ', ') as decisions_text
    from changed_cuts
    inner join month_states on changed_cuts.month = month_states.month
    where changed_cuts.approval_id > month_states.approval_id
    group by changed_cuts.employee_id, changed_cuts.month
),

final as (
    select
        differing.month,
        differing.employee_id,
        employees.nip,
        employees.name,
        differing.opd_code,
        opds.opd_name,
        date_trunc('second', month_states.changed_at at time zone opds.timezone) as closed_at_local,
        differing.closed_payable_pct::numeric(7, 2) as closed_payable_pct,
        differing.closed_payable_idr::numeric(14, 2) as closed_payable_idr,
        differing.now_payable_pct::numeric(7, 2) as now_payable_pct,
        differing.now_payable_idr::numeric(14, 2) as now_payable_idr,
        (differing.now_payable_pct - differing.closed_payable_pct)::numeric(7, 2) as difference_payable_pct,
        (differing.now_payable_idr - differing.closed_payable_idr)::numeric(14, 2) as difference_payable_idr,
        differing.closed_projected_pct::numeric(7, 2) as closed_projected_pct,
        differing.closed_projected_idr::numeric(14, 2) as closed_projected_idr,
        differing.now_projected_pct::numeric(7, 2) as now_projected_pct,
        differing.now_projected_idr::numeric(14, 2) as now_projected_idr,
        (differing.now_projected_pct - differing.closed_projected_pct)::numeric(7, 2) as difference_projected_pct,
        (differing.now_projected_idr - differing.closed_projected_idr)::numeric(14, 2) as difference_projected_idr,
        (differing.now_undecided_count - differing.closed_undecided_count)::bigint as difference_undecided_count,
        differing.settled_payable_idr::numeric(14, 2) as settled_payable_idr,
        (
            differing.now_payable_pct - differing.closed_payable_pct - differing.settled_payable_pct
        )::numeric(7, 2) as due_payable_pct,
        (
            differing.now_payable_idr - differing.closed_payable_idr - differing.settled_payable_idr
        )::numeric(14, 2) as due_payable_idr,
        case
            when differing.now_payable_idr - differing.closed_payable_idr <> differing.settled_payable_idr
                then next_payment.payment_month
        end as payment_month,
        coalesce(
            nullif(concat_ws('; ', pulls_in_words.pulls_text, late_decisions.decisions_text), ''),
            nullif(concat_ws(
                '; ',
                case when build.load_id > month_states.load_id then 'folder situs, sampai muatan ' || build.load_id end,
                case when build.rules_sha256 <> month_states.rules_sha256 then 'aturan yang berubah' end
            ), ''),
            'tidak diketahui'
        ) as causes
    from differing
    inner join month_states on differing.month = month_states.month
    cross join build
    cross join next_payment
    left join employees on differing.employee_id = employees.employee_id
    left join opds on differing.opd_code = opds.opd_code
    left join pulls_in_words
        on differing.employee_id = pulls_in_words.employee_id and differing.month = pulls_in_words.month
    left join late_decisions
        on differing.employee_id = late_decisions.employee_id and differing.month = late_decisions.month
)

select * from final

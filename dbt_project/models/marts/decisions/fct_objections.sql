{{ config(materialized='view') }}

-- Keberatan beside the cuts that they concern: what was objected to, until when it is to be answered, how it was.

with objections as (
    select * from {{ ref('stg_ops__objections') }}
),

parameters as (
    select * from {{ ref('objection_parameters') }}
),

deductions as (
    select * from {{ ref('fct_deductions') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
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
        min((build.as_of at time zone opds.timezone)::date) as today
    from build
    cross join opds
),

dated as (
    select
        objections.*,
        objections.filed_on + parameters.answer_days as deadline_date
    from objections
    left join parameters
        on
            objections.filed_on >= parameters.valid_from
            and objections.filed_on < coalesce(parameters.valid_to, 'infinity'::date)
),

final as (
    select
        dated.objection_id,
        dated.employee_id,
        employees.nip,
        employees.name,
        employees.opd_code,
        dated.month,
        dated.work_date,
        dated.event_id,
        dated.deduction_id,
        dated.objection_text,
        dated.filed_on,
        dated.letter_no,
        dated.deadline_date,
        case
            when dated.answer is not null then dated.answer
            when moment.today > dated.deadline_date then 'LEWAT_TENGGAT'
            else 'DIAJUKAN'
        end as state,
        dated.answer_text,
        dated.answered_by,
        dated.answered_role,
        dated.answer_letter_no,
        (dated.answered_at at time zone moment.timezone)::date as answered_on,
        concerned.cut_count,
        concerned.undecided_count,
        concerned.cut_pct::numeric(9, 2) as cut_pct,
        concerned.cut_idr::numeric(14, 2) as cut_idr
    from dated
    cross join moment
    left join employees on dated.employee_id = employees.employee_id
    -- One cut, the cuts of a day, or those of a month, as they stand now; rupiah before the month's one rounding. Beside
    -- each row, so that the objections of one person do not read everybody's cuts.
    cross join lateral (
        select
            count(*) as cut_count,
            count(*) filter (where deductions.state = 'UNDECIDED') as undecided_count,
            sum(deductions.pct) as cut_pct,
            sum(
                coalesce(deductions.amount_idr, deductions.fixed_idr, deductions.pct * deductions.base_idr / 100)
            ) as cut_idr
        from deductions
        where
            dated.employee_id = deductions.employee_id
            and dated.month <= deductions.work_date
            and (dated.month + interval '1 month')::date > deductions.work_date
            and (dated.work_date is null or dated.work_date = deductions.work_date)
            and (dated.deduction_id is null or dated.deduction_id = deductions.deduction_id)
    ) as concerned
)

select * from final

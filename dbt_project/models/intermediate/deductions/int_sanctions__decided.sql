-- What the leadership has decided about missing a ceremony: one row per event, the decision that holds.
with approvals as (
    select * from {{ ref('stg_ops__approvals') }}
),

final as (
    select
        approvals.event_id,
        approvals.approval_id,
        approvals.answer,
        approvals.pct,
        approvals.amount_idr,
        approvals.excepted,
        approvals.decided_by,
        approvals.role,
        approvals.letter_no,
        approvals.decided_at,
        'keputusan ' || approvals.role || ', surat ' || approvals.letter_no as legal_basis
    from approvals
    where approvals.matter = 'phbi_sanction'
)

select * from final

-- Photos that do not look like the owner of the PIN: each a case for people to judge, none a deduction. The punch
-- beside it is the nearest of the same PIN at the same terminal within the reach of evidence.
with

mismatched as (
    select * from {{ ref('stg_biometrics__outcomes') }}
    where outcome = 'TIDAK_COCOK'
),

parameters as (select * from {{ ref('face_parameters') }})

select
    mismatched.case_no,
    mismatched.employee_id,
    mismatched.terminal_serial,
    mismatched.taken_at_local,
    mismatched.is_borderline,
    beside.punched_at_local
from mismatched
inner join parameters
    on
        mismatched.taken_at_local >= parameters.valid_from
        and mismatched.taken_at_local < coalesce(parameters.valid_to, 'infinity')
left join lateral (
    select punches.punched_at_local
    from {{ ref('stg_raw__punches') }} as punches
    where
        punches.terminal_serial = mismatched.terminal_serial
        and punches.pin = mismatched.pin
        and punches.punched_at_local
        between mismatched.taken_at_local - parameters.evidence_seconds * interval '1 second'
        and mismatched.taken_at_local + parameters.evidence_seconds * interval '1 second'
    order by abs(extract(epoch from punches.punched_at_local - mismatched.taken_at_local)), punches.punched_at_local
    limit 1
) as beside on true

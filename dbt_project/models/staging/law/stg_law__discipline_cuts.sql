select
    rule_code,
    regulation_code,
    sanction,
    pct,
    months,
    rule_status,
    valid_from,
    valid_to,
    evidence,
    legal_basis,
    note
from {{ ref('discipline_cuts') }}

select
    regulation_code,
    purpose,
    opd_code,
    rule_status,
    valid_from,
    valid_to,
    evidence,
    legal_basis
from {{ ref('regulation_applications') }}

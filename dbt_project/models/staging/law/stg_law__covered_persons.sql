select
    rule_code,
    regulation_code,
    employee_kind,
    is_only_with_tpp,
    rule_status,
    valid_from,
    valid_to,
    evidence,
    legal_basis,
    note
from {{ ref('covered_persons') }}

select
    rule_code,
    regulation_code,
    special_day,
    special_date,
    rule_status,
    valid_from,
    valid_to,
    evidence,
    legal_basis,
    note
from {{ ref('special_dates') }}

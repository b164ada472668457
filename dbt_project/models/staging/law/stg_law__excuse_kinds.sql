select
    excuse_kind,
    status,
    treat_as,
    label,
    needs_letter,
    evidence,
    legal_basis
from {{ ref('excuse_kinds') }}

select
    terminal_serial,
    label,
    opd_code,
    driver,
    installed_on,
    removed_on
from {{ source('reference', 'terminals') }}
where {{ known_at_build() }}

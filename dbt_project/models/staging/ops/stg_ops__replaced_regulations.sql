-- Built-in regulations in whose place the city has put its own, as known at the build.
select regulation_code
from {{ source('site_law', 'law_replaced') }}
where {{ known_at_build() }}

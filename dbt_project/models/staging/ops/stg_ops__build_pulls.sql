-- is_new: first seen by this build or by a build before it that did not succeed.
select
    pull_id,
    build_id,
    build_id > coalesce(
        (
            select max(builds.build_id) from {{ source('ops', 'builds') }} as builds
            where builds.state = 'succeeded'
        ), 0
    ) as is_new
from {{ source('ops', 'build_pulls') }}

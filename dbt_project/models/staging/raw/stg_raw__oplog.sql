-- What terminals wrote into their own book: who set the clock, deleted a user, cleared the log.
select
    operations.terminal_serial,
    operations.happened_at_local,
    operations.op_code,
    operations.admin,
    operations.detail,
    operations.landed_at
from {{ source('raw', 'oplog') }} as operations

-- Signs that somebody meddled with a terminal: its count fell, the beginning of its log changed, its clock was moved,
-- another terminal answered, its own book tells of a deletion, or was not given, so that it is not known what it tells.
-- Each a row for people to judge, none a deduction. A clock that our own program set is no sign.
with

pulls as (select * from {{ ref('stg_raw__pulls') }}),

sightings as (select * from {{ ref('stg_raw__terminal_sightings') }}),

operations as (select * from {{ ref('stg_raw__oplog') }}),

book_reads as (select * from {{ ref('stg_raw__oplog_reads') }}),

settings as (select * from {{ ref('stg_ops__clock_settings') }}),

bounds as (
    select
        valid_from,
        coalesce(valid_to, 'infinity') as valid_to,
        clock_jump_seconds,
        natural_drift_seconds_per_day,
        full_log_pct
    from {{ ref('tamper_parameters') }}
),

kinds as (select * from {{ ref('tamper_operations') }}),

counted as (
    select
        pulls.pull_id,
        pulls.terminal_serial,
        pulls.started_at,
        pulls.counted_before,
        lag(coalesce(pulls.counted_after, pulls.counted_before)) over in_turn as last_count,
        lag(pulls.capacity) over in_turn as last_capacity
    from pulls
    where pulls.counted_before is not null
    window in_turn as (partition by pulls.terminal_serial order by pulls.pull_id)
),

fallen as (
    select
        counted.pull_id,
        counted.terminal_serial,
        counted.started_at as noticed_at,
        'jumlah_turun' as sign,
        'jumlah catatan turun dari ' || counted.last_count || ' menjadi ' || counted.counted_before as detail
    from counted
    inner join bounds on counted.started_at >= bounds.valid_from and counted.started_at < bounds.valid_to
    where
        counted.counted_before < counted.last_count
        and (
            counted.last_capacity is null
            or counted.last_count < counted.last_capacity * bounds.full_log_pct / 100
        )
),

epochs as (
    select
        pulls.pull_id,
        pulls.terminal_serial,
        pulls.started_at,
        pulls.epoch,
        lag(pulls.epoch) over in_turn as last_epoch,
        lag(pulls.counted_after) over in_turn as last_count,
        lag(pulls.capacity) over in_turn as last_capacity
    from pulls
    where pulls.epoch is not null and pulls.outcome = 'ok'
    window in_turn as (partition by pulls.terminal_serial order by pulls.pull_id)
),

begun_anew as (
    select
        epochs.pull_id,
        epochs.terminal_serial,
        epochs.started_at as noticed_at,
        'awal_log_berubah' as sign,
        'awal log bukan lagi yang pernah dibaca (putaran ' || epochs.epoch || ')' as detail
    from epochs
    inner join bounds on epochs.started_at >= bounds.valid_from and epochs.started_at < bounds.valid_to
    where
        epochs.epoch > epochs.last_epoch
        and (
            epochs.last_capacity is null or epochs.last_count is null
            or epochs.last_count < epochs.last_capacity * bounds.full_log_pct / 100
        )
),

-- Clocks are seen at each pull, and before and after a setting of our own. Between these two the step is ours.
readings as (
    select
        pulls.pull_id,
        null::bigint as setting_id,
        pulls.terminal_serial,
        pulls.started_at as read_at,
        pulls.clock_drift_s,
        false as is_ours
    from pulls
    where pulls.clock_drift_s is not null
    union all
    select
        null::bigint as pull_id,
        settings.setting_id,
        settings.terminal_serial,
        settings.set_at as read_at,
        settings.clock_drift_s,
        settings.step = 'after' as is_ours
    from settings
    where settings.step <> 'failed' and settings.clock_drift_s is not null
),

clocks as (
    select
        readings.*,
        lag(readings.read_at) over in_turn as last_read_at,
        lag(readings.clock_drift_s) over in_turn as last_drift_s,
        extract(epoch from readings.read_at - lag(readings.read_at) over in_turn) / 86400 as days_between
    from readings
    window in_turn as (
        partition by readings.terminal_serial order by readings.read_at, readings.pull_id, readings.setting_id
    )
),

moved as (
    select
        clocks.pull_id,
        clocks.setting_id,
        clocks.terminal_serial,
        clocks.read_at as noticed_at,
        'jam_bergeser' as sign,
        'selisih jam berubah dari ' || clocks.last_drift_s || ' menjadi ' || clocks.clock_drift_s || ' detik' as detail
    from clocks
    inner join bounds on clocks.read_at >= bounds.valid_from and clocks.read_at < bounds.valid_to
    where
        not clocks.is_ours
        and abs(clocks.clock_drift_s - clocks.last_drift_s)
        > bounds.clock_jump_seconds + bounds.natural_drift_seconds_per_day * greatest(clocks.days_between, 0)
        -- a setting whose answer was lost may have been done: then the clock is right since
        and not (
            abs(clocks.clock_drift_s) <= bounds.clock_jump_seconds
            and exists (
                select 1 from settings
                where
                    settings.terminal_serial = clocks.terminal_serial
                    and settings.step = 'failed'
                    and settings.set_at between clocks.last_read_at and clocks.read_at
            )
        )
),

strangers as (
    select
        pulls.pull_id,
        pulls.terminal_serial,
        pulls.started_at as noticed_at,
        'mesin_lain' as sign,
        'di alamatnya menjawab mesin ' || sightings.found_serial as detail
    from sightings
    inner join pulls on sightings.pull_id = pulls.pull_id
),

-- One row for as long as a book is not given, of the first time that it was not.
unread as (
    select distinct on (book_reads.terminal_serial)
        book_reads.pull_id,
        book_reads.terminal_serial,
        book_reads.read_at as noticed_at,
        'buku_tidak_terbaca' as sign,
        'isi buku operasi tidak diketahui: ' || book_reads.error_message as detail
    from book_reads
    where
        book_reads.entry_count is null
        and not exists (
            select 1 from book_reads as later
            where
                later.terminal_serial = book_reads.terminal_serial
                and later.pull_id > book_reads.pull_id
                and later.entry_count is not null
        )
    order by book_reads.terminal_serial, book_reads.pull_id
),

operated as (
    select
        null::bigint as pull_id,
        operations.terminal_serial,
        operations.landed_at as noticed_at,
        kinds.sign,
        kinds.note || ' (pengelola ' || operations.admin || ')' as detail,
        operations.happened_at_local,
        operations.detail as operation_detail
    from operations
    inner join kinds
        on
            operations.op_code = kinds.op_code
            and operations.happened_at_local >= kinds.valid_from
            and operations.happened_at_local < coalesce(kinds.valid_to, 'infinity')
    inner join bounds
        on operations.landed_at >= bounds.valid_from and operations.landed_at < bounds.valid_to
    where
        kinds.sign <> 'jam_disetel'
        -- stamped by the clock as it was or as it is
        or not exists (
            select 1 from settings
            where
                settings.terminal_serial = operations.terminal_serial
                and abs(extract(epoch from operations.happened_at_local - settings.device_clock_local))
                <= bounds.clock_jump_seconds
        )
),

noticed as (
    select
        *,
        pull_id::text as seen_by
    from fallen
    union all
    select
        *,
        pull_id::text as seen_by
    from begun_anew
    union all
    select
        pull_id,
        terminal_serial,
        noticed_at,
        sign,
        detail,
        coalesce(pull_id::text, 'setelan ' || setting_id) as seen_by
    from moved
    union all
    select
        *,
        pull_id::text as seen_by
    from strangers
    union all
    select
        *,
        pull_id::text as seen_by
    from unread
),

final as (
    select
        md5(concat_ws('/', noticed.terminal_serial, noticed.sign, noticed.seen_by)) as sign_id,
        noticed.terminal_serial,
        noticed.sign,
        noticed.noticed_at,
        null::timestamp as happened_at_local,
        noticed.pull_id,
        noticed.detail
    from noticed
    union all
    select
        md5(concat_ws(
            '/', operated.terminal_serial, operated.sign, operated.happened_at_local, operated.detail,
            operated.operation_detail
        )) as sign_id,
        operated.terminal_serial,
        operated.sign,
        operated.noticed_at,
        operated.happened_at_local,
        operated.pull_id,
        operated.detail
    from operated
)

select * from final

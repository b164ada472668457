-- Signs that somebody meddled with a terminal: its count fell, the beginning of its log changed, its clock was moved,
-- another terminal answered, its own book tells of a deletion. Each a row for people to judge, none a deduction.
with

pulls as (select * from {{ ref('stg_raw__pulls') }}),

sightings as (select * from {{ ref('stg_raw__terminal_sightings') }}),

operations as (select * from {{ ref('stg_raw__oplog') }}),

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

clocks as (
    select
        pulls.pull_id,
        pulls.terminal_serial,
        pulls.started_at,
        pulls.clock_drift_s,
        lag(pulls.clock_drift_s) over in_turn as last_drift_s,
        extract(epoch from pulls.started_at - lag(pulls.started_at) over in_turn) / 86400 as days_between
    from pulls
    where pulls.clock_drift_s is not null
    window in_turn as (partition by pulls.terminal_serial order by pulls.pull_id)
),

moved as (
    select
        clocks.pull_id,
        clocks.terminal_serial,
        clocks.started_at as noticed_at,
        'jam_bergeser' as sign,
        'selisih jam berubah dari ' || clocks.last_drift_s || ' menjadi ' || clocks.clock_drift_s || ' detik' as detail
    from clocks
    inner join bounds on clocks.started_at >= bounds.valid_from and clocks.started_at < bounds.valid_to
    where
        abs(clocks.clock_drift_s - clocks.last_drift_s)
        > bounds.clock_jump_seconds + bounds.natural_drift_seconds_per_day * greatest(clocks.days_between, 0)
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
),

noticed as (
    select * from fallen
    union all
    select * from begun_anew
    union all
    select * from moved
    union all
    select * from strangers
),

final as (
    select
        md5(concat_ws('/', noticed.terminal_serial, noticed.sign, noticed.pull_id)) as sign_id,
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

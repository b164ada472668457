-- PINs that changed hands on a terminal: its user number has another PIN, or its PIN shows another name. Each a row for
-- people to judge; what has landed stays, and no PIN is mapped anew by it.
with

pairs as (select * from {{ ref('stg_raw__changed_uid_pins') }}),

pulls as (select * from {{ ref('stg_raw__pulls') }}),

users as (select * from {{ ref('stg_raw__terminal_users') }}),

renumbered as (
    select
        pairs.terminal_serial,
        'nomor_berpindah' as sign,
        pulls.started_at as noticed_at,
        pairs.pin,
        'nomor pengguna ' || pairs.uid || ' kini ber-PIN ' || pairs.pin || ', dahulu ' || pairs.previous_pin as detail
    from pairs
    inner join pulls on pairs.pull_id = pulls.pull_id
),

-- the same name in other letters is no other person
names as (
    select
        users.terminal_serial,
        users.pin,
        users.user_name,
        users.seen_at,
        lag(users.user_name) over in_turn as previous_name,
        upper(regexp_replace(users.user_name, '[^[:alnum:]]', '', 'g')) as letters,
        lag(upper(regexp_replace(users.user_name, '[^[:alnum:]]', '', 'g'))) over in_turn as previous_letters
    from users
    window in_turn as (partition by users.terminal_serial, users.pin order by users.seen_at, users.user_name)
),

renamed as (
    select
        names.terminal_serial,
        'nama_berganti' as sign,
        names.seen_at as noticed_at,
        names.pin,
        'PIN ' || names.pin || ' kini bernama ' || names.user_name || ', dahulu ' || names.previous_name as detail
    from names
    where names.letters <> names.previous_letters
),

changed as (
    select * from renumbered
    union all
    select * from renamed
),

final as (
    select
        md5(concat_ws('/', changed.terminal_serial, changed.sign, changed.noticed_at, changed.detail)) as change_id,
        changed.terminal_serial,
        changed.sign,
        changed.noticed_at,
        changed.pin,
        changed.detail
    from changed
)

select * from final

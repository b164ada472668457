-- What the terminals said, append-only. Times are the wall time of the device.

create table raw.pulls (
    pull_id bigint generated always as identity primary key,
    terminal_serial text collate "C" not null,
    channel text not null check (channel in ('zk', 'usb_file')),
    -- ok: complete and landed; refused: answered, but nothing written; unreachable: nobody there
    outcome text not null check (outcome in ('ok', 'refused', 'unreachable')),
    started_at timestamptz not null,
    finished_at timestamptz not null,
    epoch integer,
    counted_before integer,
    counted_after integer,
    known_prefix integer not null default 0,
    overlap integer not null default 0,
    offered integer not null default 0,
    new_count integer not null default 0,
    duplicate_count integer not null default 0,
    rejected_count integer not null default 0,
    bytes bigint not null default 0,
    device_clock_local timestamp,
    clock_drift_s integer,             -- device minus host
    covers_until_local timestamp,      -- the log is complete up to this wall time
    firmware text,
    capacity integer,
    error_class text check (error_class in ('transient', 'terminal', 'unsupported')),
    error_phase text check (error_phase in ('connect', 'login', 'sizes', 'transfer', 'decode')),
    error_message text,
    source text,                       -- file name, never a path of the machine
    evidence_sha256 text,              -- of the bytes that this pull brought
    prefix_sha256 text,                -- of all bytes of the epoch up to and with this pull
    previous_hash text,
    row_hash text not null unique,
    constraint pulls_conserve_records check (offered = new_count + duplicate_count + rejected_count),
    constraint pulls_agree_with_the_counter check (
        channel <> 'zk' or outcome <> 'ok'
        or (
            counted_before is not null and counted_after is not null
            and known_prefix + offered - overlap between counted_before and counted_after
        )
    ),
    constraint pulls_failed_write_nothing check (outcome = 'ok' or (offered = 0 and error_class is not null)),
    constraint pulls_ok_say_what_they_cover check (
        outcome <> 'ok' or (covers_until_local is not null and evidence_sha256 is not null)
    )
);
create index pulls_by_terminal on raw.pulls (terminal_serial, pull_id);

create table raw.punches (
    terminal_serial text collate "C" not null,
    pin text collate "C" not null,
    punched_at_local timestamp not null,
    state smallint not null,
    verify smallint not null,
    work_code integer not null,
    epoch integer not null,
    ordinal integer not null,
    channel text not null,
    pull_id bigint not null, -- of raw.pulls; counted once per pull below: a foreign key costs eight times the landing
    landed_at timestamptz not null,
    primary key (terminal_serial, pin, punched_at_local)
) partition by range (punched_at_local);
create index punches_by_time on raw.punches (punched_at_local);
create index punches_by_pull on raw.punches (pull_id);

-- Makes the month's partition when the first punch of a month lands; the loader has no right to create tables itself.
create function raw.ensure_punch_month(month date) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
    first_day date := date_trunc('month', month)::date;
    partition_name text := 'punches_' || to_char(first_day, 'YYYY_MM');
begin
    if to_regclass('raw.' || partition_name) is null then
        perform pg_advisory_xact_lock(hashtext('raw.punches'), 0);
        execute format(
            'create table if not exists raw.%I partition of raw.punches for values from (%L) to (%L)',
            partition_name, first_day, first_day + interval '1 month'
        );
    end if;
end
$$;

create table raw.rejects (
    terminal_serial text collate "C" not null,
    source text collate "C" not null,        -- 'epoch:N', or the sha256 of the file
    ordinal integer not null,
    pin text collate "C",                    -- null when it cannot be read
    punched_at_local timestamp,              -- null when there is no such date
    record bytea not null,
    reason text not null,
    pull_id bigint not null references raw.pulls deferrable initially deferred,
    landed_at timestamptz not null,
    primary key (terminal_serial, source, ordinal)
);

-- The counts of a pull are those of the rows that name it: checked by the database once per pull, at the commit.
create function raw.require_counted_rows() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
    punch_count bigint;
    reject_count bigint;
begin
    select count(*) into punch_count from raw.punches where pull_id = new.pull_id;
    select count(*) into reject_count from raw.rejects where pull_id = new.pull_id;
    if punch_count <> new.new_count or reject_count <> new.rejected_count then
        raise exception 'raw.pulls %: % punches and % rejects are stored, the row says % and %',
            new.pull_id, punch_count, reject_count, new.new_count, new.rejected_count
            using errcode = 'check_violation', constraint = 'pulls_count_their_rows';
    end if;
    return null;
end
$$;
create constraint trigger pulls_count_their_rows after insert on raw.pulls
deferrable initially deferred for each row when (new.offered > 0) execute function raw.require_counted_rows();
create index rejects_by_pull on raw.rejects (pull_id);

-- Raw is append-only: for everybody, the owner too.
create function raw.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'raw.% hanya boleh ditambah, tidak diubah atau dihapus', tg_table_name;
end
$$;
create trigger append_only before update or delete on raw.pulls for each row execute function raw.refuse_change();
create trigger append_only before update or delete on raw.punches for each row execute function raw.refuse_change();
create trigger append_only before update or delete on raw.rejects for each row execute function raw.refuse_change();

-- Terminals that push (ADMS): what they are told, what they still owe, and who else knocked.

alter table reference.opd add column networks text; -- of the office, CIDR, blanks between; null: from anywhere
alter table reference.terminals drop constraint terminals_driver_check;
alter table reference.terminals add constraint terminals_driver_check check (driver in ('zk', 'usb_file', 'adms'));
alter table raw.pulls drop constraint pulls_channel_check;
alter table raw.pulls add constraint pulls_channel_check check (channel in ('zk', 'usb_file', 'push'));
create index pulls_by_coverage on raw.pulls (terminal_serial, covers_until_local) where outcome = 'ok';

-- What the receiver knows of a terminal between two requests. Presence becomes a row of raw.pulls every few minutes.
create table ops.push_terminals (
    terminal_serial text collate "C" primary key,
    attlog_stamp text,        -- given back at the next handshake; it moves after the commit of what it stands for
    operlog_stamp text,
    attphoto_stamp text,
    seen_at timestamptz not null, -- last request, to the minute
    presence_at timestamptz,  -- of the last row of raw.pulls that says so
    refused_at timestamptz,   -- a body was turned away: the terminal may hold what is not here
    clock_drift_s integer,    -- terminal minus host, from punches that came as they happened
    firmware text,
    record_count integer      -- in the terminal, as it says
);

-- Periods that a terminal is asked for once more. No other command exists: there is no column for one.
create table ops.push_queries (
    query_id integer generated always as identity primary key,
    terminal_serial text collate "C" not null,
    from_local timestamp not null,
    to_local timestamp not null check (to_local > from_local),
    reason text not null check (reason in ('first', 'handshake', 'silence', 'refused', 'asked')),
    queued_at timestamptz not null,
    sent_at timestamptz,
    return_code integer,      -- null: no answer yet; below 0: the terminal cannot or will not
    closed_at timestamptz     -- answered with success, or replaced by a longer period
);
create index push_queries_open on ops.push_queries (terminal_serial) where closed_at is null;

create table ops.push_strangers (
    terminal_serial text collate "C" not null,
    address text not null,
    reason text not null check (reason in ('serial', 'driver', 'network')),
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    request_count integer not null,
    primary key (terminal_serial, address, reason)
);

-- The terminal's own book of its menu: who set the clock, deleted a user, cleared the log.
create table raw.oplog (
    terminal_serial text collate "C" not null,
    happened_at_local timestamp not null,
    op_code integer not null,
    admin text not null,
    detail text not null,
    channel text not null check (channel in ('push')),
    landed_at timestamptz not null,
    primary key (terminal_serial, happened_at_local, op_code, admin, detail)
);
create trigger append_only before update or delete on raw.oplog for each row execute function raw.refuse_change();

-- Terminals that were not there several times in a row are left alone for a while.
create table ops.circuits (
    terminal_serial text collate "C" primary key,
    failure_count integer not null check (failure_count > 0),
    failed_at timestamptz not null,
    retry_at timestamptz not null
);

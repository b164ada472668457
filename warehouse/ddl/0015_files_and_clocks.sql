-- Sticks and web servers as ways in; who brought what; what terminals call their users; wrong clocks and who decided.

alter table raw.pulls drop constraint pulls_channel_check;
alter table raw.pulls add constraint pulls_channel_check check (channel in ('zk', 'usb_file', 'push', 'solution'));
-- A web server has no counter; there the two readings of the log stand in its place.
alter table raw.pulls drop constraint pulls_agree_with_the_counter;
alter table raw.pulls add constraint pulls_agree_with_the_counter check (
    channel not in ('zk', 'solution') or outcome <> 'ok'
    or (
        counted_before is not null and counted_after is not null
        and known_prefix + offered - overlap between counted_before and counted_after
    )
);
alter table reference.terminals drop constraint terminals_driver_check;
alter table reference.terminals add constraint terminals_driver_check check (
    driver in ('zk', 'usb_file', 'adms', 'solution')
);

-- Who carried a file in, for which terminal; of refused ones too.
create table raw.brought_files (
    pull_id bigint primary key references raw.pulls,
    terminal_serial text collate "C" not null,
    file_name text not null,
    format text,                   -- null: no dialect that is known
    line_count integer,
    first_no bigint,               -- running numbers of the terminal, where the dialect has them
    last_no bigint,
    taken_at_local timestamp,      -- null: not said
    brought_by text not null,
    brought_at timestamptz not null
);
create index brought_files_by_terminal on raw.brought_files (terminal_serial, pull_id);
create trigger append_only before update or delete on raw.brought_files
for each row execute function raw.refuse_change();

-- What a terminal calls the owner of a PIN: a hint for those who map PINs, never a proof. No other field of its user
-- records is kept.
create table raw.terminal_users (
    terminal_serial text collate "C" not null,
    pin text collate "C" not null,
    user_name text not null,
    seen_at timestamptz not null,
    primary key (terminal_serial, pin, user_name)
);
create trigger append_only before update or delete on raw.terminal_users
for each row execute function raw.refuse_change();

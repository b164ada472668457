-- What people decide. Nothing here is ever changed or deleted: a decision is replaced by a later one that names it.

-- Who may decide what, from when to when (site folder, deciders.csv). user_name is the name in Airflow and of --by.
create table reference.deciders (
    user_name text collate "C" not null,
    name text not null,
    role text not null,
    matter text not null check (matter in ('phbi_sanction', 'month_close', 'pin')),
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    letter_no text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (user_name, matter, valid_from, load_from)
);

create table ops.approvals (
    approval_id bigint generated always as identity primary key,
    matter text not null check (matter in ('phbi_sanction', 'month_close', 'pin')),
    event_id text collate "C",
    month date check (extract(day from month) = 1),
    terminal_serial text collate "C",
    pin text collate "C",
    answer text not null,
    pct numeric(6, 2) check (pct > 0 and pct <= 100),
    amount_idr numeric(14, 2) check (amount_idr > 0),
    excepted text[] not null default '{}', -- employee_id of those whom the sanction does not reach
    employee_id text collate "C",           -- whose the PIN is
    waited jsonb not null default '{}',     -- what a month left open when it was closed all the same
    decided_by text not null,
    role text not null,
    letter_no text not null check (btrim(letter_no) <> ''),
    decided_at timestamptz not null,
    channel text not null check (channel in ('airflow', 'command')),
    supersedes bigint unique references ops.approvals,
    constraint approvals_name_their_subject check (
        (matter = 'phbi_sanction') = (event_id is not null)
        and (matter = 'month_close') = (month is not null)
        and (matter = 'pin') = (terminal_serial is not null and pin is not null)
    ),
    constraint approvals_answer_their_matter check (
        case matter
            when 'phbi_sanction' then answer in ('pct', 'amount', 'none')
            when 'month_close' then answer in ('close', 'refuse')
            else answer in ('employee', 'nobody')
        end
        and (answer = 'pct') = (pct is not null)
        and (answer = 'amount') = (amount_idr is not null)
        and (answer = 'employee') = (employee_id is not null)
        and (matter = 'phbi_sanction' or excepted = '{}')
    )
);

-- A month is OPEN until its first row here. LOCKED: its figures stand still and wait for a signature; CLOSED: signed.
create table ops.month_states (
    transition_id bigint generated always as identity primary key,
    month date not null check (extract(day from month) = 1),
    state text not null check (state in ('OPEN', 'LOCKED', 'CLOSED')),
    previous_id bigint unique references ops.month_states,
    changed_at timestamptz not null,
    approval_id bigint references ops.approvals, -- the signature or the refusal; a lock has none
    build_id bigint not null references ops.builds,
    load_id bigint not null references reference.loads,
    rules_sha256 text not null,
    figures_sha256 text not null,
    constraint month_states_are_signed check ((state = 'LOCKED') = (approval_id is null))
);

-- The figures of a locked or closed month, as they stood at the lock.
create table ops.closed_months (
    transition_id bigint not null references ops.month_states deferrable initially deferred,
    employee_id text collate "C" not null,
    month date not null,
    opd_code text collate "C",
    base_idr numeric(14, 2),
    payable_pct numeric(7, 2) not null,
    payable_idr numeric(14, 2) not null,
    projected_pct numeric(7, 2) not null,
    projected_idr numeric(14, 2) not null,
    undecided_count bigint not null,
    incomplete_day_count bigint not null,
    alpa_day_count bigint not null,
    month_state text not null,
    primary key (transition_id, employee_id)
);

create table ops.closed_cuts (
    transition_id bigint not null references ops.month_states deferrable initially deferred,
    deduction_id text collate "C" not null,
    employee_id text collate "C" not null,
    work_date date not null,
    shift_no integer,
    event_id text collate "C",
    opd_code text collate "C",
    matter text not null,
    code text not null,
    minutes integer,
    pct numeric(6, 2),
    base_idr numeric(14, 2),
    fixed_idr numeric(14, 2),
    state text not null,
    reason text not null,
    regulation_code text not null,
    rule_code text not null,
    rule_status text not null,
    is_payable boolean not null,
    legal_basis text not null,
    evidence text not null,
    trace jsonb not null,
    build_id bigint not null,
    primary key (transition_id, deduction_id)
);
create index closed_cuts_by_employee on ops.closed_cuts (employee_id, work_date);

create function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'ops.% hanya boleh ditambah, tidak diubah atau dihapus', tg_table_name;
end
$$;
create trigger append_only before update or delete on ops.approvals for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.month_states
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.closed_months
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.closed_cuts for each row execute function ops.refuse_change();

-- One hash over the figures and cuts of a lock, in an order of their own.
create function ops.figures_sha256(lock_id bigint) returns text
language sql stable set search_path = pg_catalog as $$
    select encode(sha256(convert_to(
        coalesce((
            select string_agg((to_jsonb(figures) - 'transition_id')::text, e'\n' order by figures.employee_id)
            from ops.closed_months as figures where figures.transition_id = lock_id
        ), '') || e'\n--\n' || coalesce((
            select string_agg((to_jsonb(cuts) - 'transition_id')::text, e'\n' order by cuts.deduction_id)
            from ops.closed_cuts as cuts where cuts.transition_id = lock_id
        ), ''), 'UTF8'
    )), 'hex')
$$;

-- OPEN -> LOCKED -> CLOSED, and from LOCKED back to OPEN when the signature is refused. CLOSED is the end.
create function ops.keep_month_order() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
    latest ops.month_states;
begin
    perform pg_advisory_xact_lock(hashtext('hadir.month'), (new.month - date '2000-01-01'));
    select * into latest from ops.month_states
    where month = new.month order by transition_id desc limit 1;
    if new.previous_id is distinct from latest.transition_id
        or (coalesce(latest.state, 'OPEN'), new.state) not in (
            ('OPEN', 'LOCKED'), ('LOCKED', 'CLOSED'), ('LOCKED', 'OPEN')
        )
    then
        raise exception 'bulan % berstatus %, tidak dapat menjadi %', new.month, coalesce(latest.state, 'OPEN'), new.state
            using errcode = 'check_violation', constraint = 'month_states_in_order';
    end if;
    if new.state = 'CLOSED' and new.figures_sha256 <> latest.figures_sha256 then
        raise exception 'angka bulan % bukan angka yang dikunci', new.month
            using errcode = 'check_violation', constraint = 'month_states_close_what_was_locked';
    end if;
    return new;
end
$$;
create trigger keep_month_order before insert on ops.month_states
for each row execute function ops.keep_month_order();

-- Rows come with their lock, in its transaction; the hash of the lock is theirs.
create function ops.require_locked_figures() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    if new.figures_sha256 <> ops.figures_sha256(
        case new.state when 'LOCKED' then new.transition_id else new.previous_id end
    ) then
        raise exception 'sidik angka bulan % tidak cocok dengan barisnya', new.month
            using errcode = 'check_violation', constraint = 'month_states_hash_their_figures';
    end if;
    return null;
end
$$;
create constraint trigger month_states_hash_their_figures after insert on ops.month_states
deferrable initially deferred for each row execute function ops.require_locked_figures();

-- Where each month stands; frozen_id names the rows that it shows.
create view ops.current_months as
select distinct on (states.month)
    states.*,
    case states.state when 'LOCKED' then states.transition_id when 'CLOSED' then states.previous_id end as frozen_id
from ops.month_states as states
order by states.month asc, states.transition_id desc;

-- A sanction concerns its own day only; other decisions move the windows of neighbouring shifts.
alter table ops.touched drop constraint touched_cause_check;
alter table ops.touched add constraint touched_cause_check check (
    cause in ('landing', 'coverage', 'site', 'gate', 'decision', 'sanction', 'calendar', 'rules', 'face')
);

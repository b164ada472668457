-- Counts of a month that the city takes over with a letter (site folder, stated_counters.csv): opening balances from
-- before the terminals, and recaps without punches.
create table reference.stated_counters (
    employee_id text collate "C" not null,
    month date not null check (extract(day from month) = 1),
    counter text collate "C" not null,
    quantity numeric(12, 2) not null check (quantity >= 0),
    letter_no text not null check (btrim(letter_no) <> ''),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, month, counter, load_from)
);

-- What a month costs on each base, what is paid of a leave, and what its counts have triggered. Of months that were
-- frozen before these columns are null, and no part of their fingerprint.
alter table ops.closed_months
add column pct numeric(9, 4),
add column attendance_part_pct numeric(9, 4),
add column total_part_pct numeric(9, 4),
add column paid_pct numeric(6, 2),
add column cut_idr numeric(14, 2),
add column candidates numeric[],
add column triggers jsonb,
add column reason text;

-- The figures of a lock as they are hashed: what a later version added is left out where it is null, so that an old
-- lock keeps its hash.
create function ops.frozen_figures(figures jsonb) returns jsonb
language sql immutable set search_path = pg_catalog as $$
    select jsonb_object_agg(figure.key, figure.value) from jsonb_each(figures) as figure
    where figure.key <> 'transition_id'
        and not (
            figure.value = 'null'::jsonb
            and figure.key in (
                'pct', 'attendance_part_pct', 'total_part_pct', 'paid_pct', 'cut_idr', 'candidates', 'triggers',
                'reason'
            )
        )
$$;

-- Whatever else the hash is made of stays as it is.
do $$
declare
    definition text := pg_get_functiondef('ops.figures_sha256(bigint)'::regprocedure);
    patched text := replace(
        definition, 'to_jsonb(figures) - ''transition_id''', 'ops.frozen_figures(to_jsonb(figures))'
    );
begin
    if patched = definition then
        raise exception 'ops.figures_sha256 tidak lagi seperti yang diharapkan migrasi ini';
    end if;
    execute patched;
end
$$;

-- What the close freezes beside the figures: the readings that they rest on, and the differences of earlier months that
-- are paid with this one.

-- Null: locked before this was kept.
alter table ops.month_states add column pulls_sha256 text;

-- A difference of an earlier, closed month (month) that is paid with the month of its lock. Percent and rupiah are what
-- this payment brings: what has been handed over before is taken off.
create table ops.closed_susulan (
    transition_id bigint not null references ops.month_states deferrable initially deferred,
    month date not null check (extract(day from month) = 1),
    employee_id text collate "C" not null,
    opd_code text collate "C",
    due_payable_pct numeric(7, 2) not null,
    due_payable_idr numeric(14, 2) not null,
    causes text not null,
    primary key (transition_id, month, employee_id)
);
create trigger append_only before update or delete on ops.closed_susulan
for each row execute function ops.refuse_change();

-- How a cut was priced beside percent of the base: as the facts have it (marts.fct_deductions).
alter table ops.closed_cuts
add column base_name text,
add column base_share_pct numeric(6, 3),
add column pct_total numeric(10, 4),
add column priced_by text,
add column amount_idr numeric(20, 6),
add column candidates numeric[];

-- A cut as it is hashed: what was added here is left out where it is null, so that an older lock keeps its hash.
create function ops.frozen_cut(cut jsonb) returns jsonb
language sql immutable set search_path = pg_catalog as $$
    select jsonb_object_agg(field.key, field.value) from jsonb_each(cut) as field
    where field.key <> 'transition_id'
        and not (
            field.value = 'null'::jsonb
            and field.key in (
                'base_name', 'base_share_pct', 'pct_total', 'priced_by', 'amount_idr', 'candidates'
            )
        )
$$;

-- The hash of a lock without susulan is what it was before there were any.
create or replace function ops.figures_sha256(lock_id bigint) returns text
language sql stable set search_path = pg_catalog as $$
    select encode(sha256(convert_to(
        coalesce((
            select string_agg((to_jsonb(figures) - 'transition_id')::text, e'\n' order by figures.employee_id)
            from ops.closed_months as figures where figures.transition_id = lock_id
        ), '') || e'\n--\n' || coalesce((
            select string_agg(ops.frozen_cut(to_jsonb(cuts))::text, e'\n' order by cuts.deduction_id)
            from ops.closed_cuts as cuts where cuts.transition_id = lock_id
        ), '') || coalesce(e'\n--\n' || (
            select string_agg((to_jsonb(late) - 'transition_id')::text, e'\n' order by late.month, late.employee_id)
            from ops.closed_susulan as late where late.transition_id = lock_id
        ), ''), 'UTF8'
    )), 'hex')
$$;

-- What a build had read: every reading that it knew with its place in the chain, and the punches of the month (a night
-- shift reaches into the next) as they stand in raw.
create function ops.pulls_sha256(known_build bigint, whole_month date) returns text
language sql stable set search_path = pg_catalog as $$
    select encode(sha256(convert_to(
        coalesce((
            select string_agg(
                concat_ws(' ', pulls.pull_id, pulls.terminal_serial, pulls.row_hash, pulls.evidence_sha256), e'\n'
                order by pulls.pull_id
            )
            from raw.pulls as pulls
            inner join ops.build_pulls as seen on pulls.pull_id = seen.pull_id
            where seen.build_id <= known_build
        ), '') || e'\n--\n' || coalesce((
            select string_agg(
                concat_ws(
                    ' ', punches.terminal_serial, punches.pin,
                    to_char(punches.punched_at_local, 'YYYY-MM-DD HH24:MI:SS'), punches.pull_id
                ), e'\n'
                order by punches.terminal_serial, punches.pin, punches.punched_at_local
            )
            from raw.punches as punches
            inner join ops.build_pulls as seen on punches.pull_id = seen.pull_id
            where seen.build_id <= known_build
                and punches.punched_at_local >= whole_month
                and punches.punched_at_local < whole_month + interval '1 month 2 days'
        ), ''), 'UTF8'
    )), 'hex')
$$;

create or replace view ops.current_months as
select distinct on (states.month)
    states.transition_id,
    states.month,
    states.state,
    states.previous_id,
    states.changed_at,
    states.approval_id,
    states.build_id,
    states.load_id,
    states.rules_sha256,
    states.figures_sha256,
    case states.state when 'LOCKED' then states.transition_id when 'CLOSED' then states.previous_id end as frozen_id,
    states.pulls_sha256
from ops.month_states as states
order by states.month asc, states.transition_id desc;

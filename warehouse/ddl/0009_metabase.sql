-- What 'hadir dashboards apply' has put into Metabase. Without a row an object there is foreign and stays untouched.

create table ops.metabase_objects (
    key text collate "C" primary key,       -- ours: card:sekda/alpa_people
    model text not null check (model in ('database', 'collection', 'card', 'dashboard')),
    id integer not null,                    -- Metabase's
    entity_id text collate "C",             -- Metabase's name for it that no second object ever has; null: it has none
    hash text not null,                     -- of what we asked for
    seen_hash text not null,                -- of what Metabase then answered: another one since means a hand was there
    applied_at timestamptz not null default now()
);

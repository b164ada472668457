-- Who looked at the photo of a case: a photo leaves its seal only with a name beside it.
create table biometrics.photo_views (
    view_id bigint generated always as identity primary key,
    verification_id bigint not null,  -- no reference: the outcome goes when its person is forgotten, this stays
    viewed_by text not null,
    viewed_at timestamptz not null
);

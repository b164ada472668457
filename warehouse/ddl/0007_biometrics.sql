-- Faces: the photos that the terminals took, and what comparing them with the enrolled faces gave. Pictures and vectors
-- lie encrypted (warehouse/vault.py); the keys are not in this database.

create schema biometrics;

-- One row per attendance photo; its encrypted file lies in the photo folder and is written before the row.
create table raw.photos (
    terminal_serial text collate "C" not null,
    sha256 text not null,              -- of the plain file
    pin text collate "C",              -- null: a photo of a failed verification
    taken_at_local timestamp not null, -- wall time of the device, from the file's name
    file_name text not null unique,    -- of the encrypted file
    byte_count integer not null check (byte_count > 0),
    key_id text not null,
    expires_on date not null,          -- the photo goes on this day; what it showed stays
    imported_at timestamptz not null,
    primary key (terminal_serial, sha256)
);
create index photos_by_expiry on raw.photos (expires_on);
create index photos_by_pin on raw.photos (pin, terminal_serial);

create table biometrics.consents (
    employee_id text collate "C" not null,
    letter_no text not null,
    consented_on date not null,
    recorded_at timestamptz not null,
    withdrawn_at timestamptz,
    primary key (employee_id, letter_no)
);

-- The face of an employee as an encrypted vector of 128 float32. A newer version replaces the older, whose vector goes.
create table biometrics.templates (
    employee_id text collate "C" not null,
    version integer not null,
    kind text not null check (kind in ('real', 'drawn')),
    vector bytea,
    key_id text,
    picture_sha256 text not null,
    letter_no text not null,
    model text not null,
    upsample integer not null,
    jitters integer not null,
    quality jsonb not null,            -- width of the face, brightness, sharpness
    valid_from timestamptz not null,
    valid_to timestamptz,
    primary key (employee_id, version),
    foreign key (employee_id, letter_no) references biometrics.consents,
    check ((vector is null) = (valid_to is not null) and (vector is null) = (key_id is null))
);
create unique index templates_one_in_force on biometrics.templates (employee_id) where valid_to is null;

-- From which distance on two faces are not called the same, and which pictures are too poor to be judged. The first
-- values are a starting point from a small sample, not a calibration (docs/privacy.md).
create table biometrics.thresholds (
    threshold_version text primary key,
    kind text not null check (kind in ('real', 'drawn')),
    cocok_max_distance numeric(4, 3) not null,  -- at most this: COCOK
    clear_min_distance numeric(4, 3) not null check (clear_min_distance >= cocok_max_distance), -- below: borderline
    second_face_min_score numeric(4, 2) not null, -- of the detector; false boxes score below 0.25, faces above 0.8
    min_face_px integer not null,
    min_brightness numeric(5, 1) not null,      -- 95th percentile of grey inside the face, 0 to 255
    max_brightness numeric(5, 1) not null,      -- median of grey inside the face
    min_sharpness numeric(6, 2) not null,       -- variance of the Laplacian of the face at 128 px
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null
);
insert into biometrics.thresholds values
(
    'wajah-1', 'real', 0.500, 0.600, 0.50, 80, 60, 235, 8, '1900-01-01', null,
    'titik awal dari contoh kecil (satu orang, lima foto); belum dikalibrasi dengan foto kota ini'
),
(
    'gambar-1', 'drawn', 0.350, 0.430, 0.50, 80, 60, 250, 0, '1900-01-01', null,
    'wajah gambaran kota contoh: foto sendiri paling jauh 0,23 (216), orang lain paling dekat 0,43 (3.672 pasangan)'
);

create table biometrics.verifications (
    verification_id bigint generated always as identity primary key,
    terminal_serial text collate "C" not null,
    photo_sha256 text not null,
    pin text collate "C",
    taken_at_local timestamp not null,
    employee_id text collate "C",      -- whose pin it was at that terminal on that day
    outcome text not null check (outcome in (
        'COCOK', 'TIDAK_COCOK', 'TANPA_WAJAH', 'BANYAK_WAJAH', 'FOTO_RUSAK', 'BELUM_DIDAFTARKAN'
    )),
    reason text,                       -- why a photo could not be judged
    distance numeric(5, 4),
    threshold_version text references biometrics.thresholds,
    template_version integer,
    model text,
    verified_at timestamptz not null,
    unique (terminal_serial, photo_sha256),
    check ((outcome in ('COCOK', 'TIDAK_COCOK')) = (distance is not null)),
    check (distance is null or (threshold_version is not null and template_version is not null and model is not null))
);
create index verifications_by_date on biometrics.verifications ((taken_at_local::date));
create index verifications_by_employee on biometrics.verifications (employee_id);
create index verifications_mismatched on biometrics.verifications (taken_at_local) where outcome = 'TIDAK_COCOK';

-- Who was forgotten. The row comes first and is completed last, so that a broken run is seen and finished.
create table biometrics.forgotten (
    forget_id bigint generated always as identity primary key,
    employee_id text collate "C" not null,
    asked_at timestamptz not null,
    template_count integer not null,
    verification_count integer not null,
    photo_count integer,
    completed_at timestamptz
);
create index forgotten_by_employee on biometrics.forgotten (employee_id);

-- Whose a photo is, by the rule of the marts: the terminal's own pin before the office's, on the day of the photo.
create view biometrics.photo_owners as
select
    photos.*,
    (
        select pins.employee_id
        from reference.pins as pins
        inner join reference.terminals as stays
            on
                stays.terminal_serial = photos.terminal_serial
                and stays.load_to is null
                and photos.taken_at_local >= stays.installed_on
                and photos.taken_at_local < coalesce(stays.removed_on, 'infinity')
                and pins.scope_code
                = case pins.scope when 'terminal' then stays.terminal_serial else stays.opd_code end
        where
            pins.pin = photos.pin
            and pins.load_to is null
            and photos.taken_at_local >= pins.valid_from
            and photos.taken_at_local < coalesce(pins.valid_to, 'infinity')
        order by case pins.scope when 'terminal' then 1 else 2 end, pins.employee_id
        limit 1
    ) as employee_id
from raw.photos as photos;

-- All that the marts may know: who, when, where and the outcome. No distance, no hash, no reason.
create view biometrics.outcomes as
select
    verifications.verification_id,
    verifications.terminal_serial,
    verifications.pin,
    verifications.taken_at_local,
    verifications.employee_id,
    verifications.outcome,
    verifications.outcome = 'TIDAK_COCOK' and verifications.distance < thresholds.clear_min_distance as is_borderline
from biometrics.verifications as verifications
left join biometrics.thresholds as thresholds
    on verifications.threshold_version = thresholds.threshold_version;

alter table ops.touched drop constraint touched_cause_check;
alter table ops.touched add constraint touched_cause_check check (
    cause in ('landing', 'coverage', 'site', 'gate', 'decision', 'calendar', 'rules', 'face')
);

{{ config(materialized='view') }}

-- Photos by outcome and punches by face evidence, office by office and month by month.

with checks as (
    select * from {{ ref('fct_face_checks') }}
),

evidence as (
    select * from {{ ref('fct_face_evidence') }}
),

opds as (
    select * from {{ ref('dim_opd') }}
),

photos as (
    select
        date_trunc('month', local_date)::date as month,
        opd_code,
        sum(photo_count)::bigint as photo_count,
        coalesce(sum(photo_count) filter (where outcome = 'COCOK'), 0)::bigint as match_count,
        coalesce(sum(photo_count) filter (where outcome = 'TIDAK_COCOK'), 0)::bigint as mismatch_count,
        coalesce(sum(photo_count) filter (where outcome = 'TANPA_WAJAH'), 0)::bigint as no_face_count,
        coalesce(sum(photo_count) filter (where outcome = 'BANYAK_WAJAH'), 0)::bigint as several_faces_count,
        coalesce(sum(photo_count) filter (where outcome = 'FOTO_RUSAK'), 0)::bigint as unusable_count,
        coalesce(sum(photo_count) filter (where outcome = 'BELUM_DIDAFTARKAN'), 0)::bigint as not_enrolled_count
    from checks
    group by date_trunc('month', local_date), opd_code
),

punches as (
    select
        date_trunc('month', local_date)::date as month,
        opd_code,
        sum(punch_count)::bigint as punch_count,
        sum(by_terminal_count)::bigint as by_terminal_count,
        sum(by_photo_count)::bigint as by_photo_count,
        sum(without_count)::bigint as without_count
    from evidence
    group by date_trunc('month', local_date), opd_code
),

final as (
    select
        coalesce(photos.month, punches.month) as month,
        opds.opd_code,
        opds.opd_name,
        coalesce(photos.photo_count, 0) as photo_count,
        coalesce(photos.match_count, 0) as match_count,
        coalesce(photos.mismatch_count, 0) as mismatch_count,
        coalesce(photos.no_face_count, 0) as no_face_count,
        coalesce(photos.several_faces_count, 0) as several_faces_count,
        coalesce(photos.unusable_count, 0) as unusable_count,
        coalesce(photos.not_enrolled_count, 0) as not_enrolled_count,
        coalesce(punches.punch_count, 0) as punch_count,
        coalesce(punches.by_terminal_count, 0) as by_terminal_count,
        coalesce(punches.by_photo_count, 0) as by_photo_count,
        coalesce(punches.without_count, 0) as without_count
    from photos
    full outer join punches on photos.month = punches.month and photos.opd_code = punches.opd_code
    inner join opds on coalesce(photos.opd_code, punches.opd_code) = opds.opd_code
)

select * from final

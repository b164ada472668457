-- Marts shaped like dbt's rpt_* with a small city in them: Friday 31 March 2017, 10.00, one office away.
create schema if not exists marts;
create table marts.rpt_city_today (as_of_local timestamp, work_date date, expected_count bigint, arrived_count bigint, not_due_count bigint, excused_count bigint, no_data_count bigint, data_until_local timestamp);
create table marts.rpt_presence_by_opd (day_kind text, work_date date, as_of_local timestamp, opd_code text, opd_name text, expected_count bigint, arrived_count bigint, not_due_count bigint, excused_count bigint, alpa_count bigint, late_count bigint, no_data_count bigint, data_until_local timestamp);
create table marts.rpt_daily_trend (work_date date, opd_code text, opd_name text, status text, employee_count bigint);
create table marts.rpt_alpa_people (month date, employee_id text, nip text, name text, opd_code text, opd_name text, alpa_day_count bigint, year_day_count bigint, longest_run_days bigint, last_alpa_date date);
create table marts.rpt_lateness_by_opd (month date, opd_code text, opd_name text, shift_count bigint, late_count bigint, late_minutes_sum bigint, late_people_count bigint);
create table marts.rpt_deductions_by_opd (month date, opd_code text, opd_name text, people_count bigint, payable_idr numeric(14, 2), projected_idr numeric(14, 2), undecided_count bigint, incomplete_day_count bigint);
create table marts.rpt_data_gaps (opd_code text, opd_name text, terminal_serial text, label text, covers_until_local timestamp, gap_hours numeric(8, 1), last_outcome text, last_error_message text, people_count bigint);
create table marts.rpt_fleet (opd_code text, opd_name text, terminal_serial text, label text, driver text, last_contact_local timestamp, last_outcome text, last_error_message text, covers_until_local timestamp, gap_hours numeric(8, 1), clock_drift_s integer, punch_today_count integer, people_count bigint, record_count integer, records_left_count integer, full_pct numeric(5, 1), is_nearly_full boolean);
create table marts.rpt_quarantine (check_code text, terminal_serial text, label text, opd_code text, opd_name text, punch_count bigint, pin_count bigint, oldest_date date, newest_date date);
create table marts.rpt_rejects (terminal_serial text, label text, opd_code text, opd_name text, reason text, record_count bigint, first_read_date date, last_read_date date);
create table marts.rpt_terminal_signs (sign_id text, terminal_serial text, label text, opd_code text, opd_name text, sign text, noticed_at_local timestamp, detail text);
create table marts.rpt_event_rolls (event_id text, kind text, name text, event_date date, opd_code text, opd_name text, expected_count bigint, present_count bigint, excused_count bigint, absent_count bigint, incomplete_count bigint);
create table marts.rpt_face_checks_by_opd (month date, opd_code text, opd_name text, photo_count bigint, match_count bigint, mismatch_count bigint, no_face_count bigint, several_faces_count bigint, unusable_count bigint, not_enrolled_count bigint, punch_count bigint, by_terminal_count bigint, by_photo_count bigint, without_count bigint);
create table marts.rpt_face_cases (case_no bigint, taken_at_local timestamp, employee_id text, nip text, name text, opd_code text, opd_name text, terminal_serial text, label text, punched_at_local timestamp, is_borderline boolean);
create table marts.rpt_month_states (month date, close_state text, is_over boolean, people_count bigint, payable_idr numeric(14, 2), projected_idr numeric(14, 2), undecided_count bigint, undecided_people_count bigint, incomplete_day_count bigint, incomplete_people_count bigint, changed_at_local timestamp, decided_by text, role text, letter_no text, build_id bigint, load_id bigint, rules_sha256 text, figures_sha256 text, susulan_people_count bigint, susulan_payable_idr numeric(14, 2), susulan_projected_idr numeric(14, 2));
create table marts.rpt_susulan (month date, employee_id text, nip text, name text, opd_code text, opd_name text, closed_at_local timestamp, closed_payable_pct numeric(7, 2), closed_payable_idr numeric(14, 2), now_payable_pct numeric(7, 2), now_payable_idr numeric(14, 2), difference_payable_pct numeric(7, 2), difference_payable_idr numeric(14, 2), closed_projected_pct numeric(7, 2), closed_projected_idr numeric(14, 2), now_projected_pct numeric(7, 2), now_projected_idr numeric(14, 2), difference_projected_pct numeric(7, 2), difference_projected_idr numeric(14, 2), difference_undecided_count bigint, causes text, settled_payable_idr numeric(14,2), due_payable_pct numeric(7,2), due_payable_idr numeric(14,2), payment_month date);
create table marts.rpt_discipline (year integer, employee_id text, nip text, name text, opd_code text, opd_name text, days numeric(12,2), consecutive_days numeric(12,2), level text, sanction text, pct numeric(6,2), months integer, salary_stop_from date, reached_on date, act_by_date date, act_by_reason text, follow_up text, regulation text, legal_basis text, incomplete_days numeric(12,2), reason text);
create table marts.fct_objections (objection_id bigint, employee_id text, nip text, name text, opd_code text, month date, work_date date, event_id text, deduction_id text, objection_text text, filed_on date, letter_no text, deadline_date date, state text, answer_text text, answered_by text, answered_role text, answer_letter_no text, answered_on date, cut_count bigint, undecided_count bigint, cut_pct numeric(9,2), cut_idr numeric(14,2));
create table marts.rpt_decisions_waiting (matter text, subject text, title text, since_date date, people_count bigint, what_to_do text);
grant usage on schema marts to hadir_metabase;
grant select on all tables in schema marts to hadir_metabase;

create temporary table office as
select
    case n when 8 then 'DINKES' else 'OPD' || lpad(n::text, 2, '0') end as opd_code, -- 8: of the example dashboard
    name as opd_name,
    people,
    n
from (values
    (1, 'Sekretariat Daerah', 142), (2, 'Sekretariat DPRD', 58), (3, 'Inspektorat', 47),
    (4, 'Badan Kepegawaian, Pendidikan dan Pelatihan', 52), (5, 'Badan Perencanaan Pembangunan Daerah', 49),
    (6, 'Badan Pengelolaan Keuangan dan Aset Daerah', 88), (7, 'Dinas Pekerjaan Umum dan Penataan Ruang', 131),
    (8, 'Dinas Kesehatan', 96), (9, 'Dinas Pendidikan', 104), (10, 'Dinas Perhubungan', 117),
    (11, 'Dinas Kependudukan dan Pencatatan Sipil', 63), (12, 'Dinas Komunikasi, Informatika, Sandi dan Statistik', 45),
    (13, 'Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu', 56), (14, 'Satuan Polisi Pamong Praja', 98),
    (15, 'Dinas Lingkungan Hidup', 54)
) as names (n, name, people);

insert into marts.rpt_presence_by_opd
select 'hari_ini', date '2017-03-31', timestamp '2017-03-31 10:00', opd_code, opd_name, people,
    case when n = 8 then 0 else people - (n * 7 % 5) - 2 end, case when n = 8 then 0 else n * 7 % 5 end, 2, 0, n % 6,
    case when n = 8 then people - 2 else 0 end,
    case when n = 8 then timestamp '2017-03-28 16:05' else timestamp '2017-03-31 10:00' end
from office
union all
select 'hari_kerja_terakhir', date '2017-03-30', timestamp '2017-03-31 10:00', opd_code, opd_name, people,
    people - 3 - n % 2, 0, 3, n % 2, n % 5, 0, timestamp '2017-03-31 10:00'
from office;

insert into marts.rpt_city_today
select timestamp '2017-03-31 10:00', date '2017-03-31', sum(expected_count), sum(arrived_count), sum(not_due_count),
    sum(excused_count), sum(no_data_count), timestamp '2017-03-31 10:00'
from marts.rpt_presence_by_opd where day_kind = 'hari_ini';

insert into marts.rpt_daily_trend
select day::date, opd_code, opd_name, status, employee_count
from generate_series(timestamp '2017-01-30', timestamp '2017-03-31', interval '1 day') as day
cross join office
cross join lateral (values
    ('TERLAMBAT', 2 + (extract(doy from day)::int * 7 + n * 3) % 9),
    ('ALPA', case when (extract(doy from day)::int + n * 5) % 11 = 0 then 1 else 0 end),
    ('BELUM_LENGKAP', case when n = 8 and day between '2017-03-28' and '2017-03-31' then 60 else 0 end),
    ('SAKIT', 1),
    ('HADIR', people - 20)
) as counted (status, employee_count)
where extract(isodow from day) < 6;

insert into marts.rpt_alpa_people
select date '2017-03-01', 'P' || lpad((n * 10 + m)::text, 4, '0'), case when m < 2 then '1979030520050110' || lpad((n * 3 + m)::text, 2, '0') end,
    (array['Ahmad Fauzi', 'Siti Rohmah', 'Tb. Hidayatullah', 'Nurhayati'])[1 + (n + m) % 4] || ' ' || chr(64 + n) || '.', opd_code, opd_name,
    1 + (n * m) % 4, 1 + (n * m) % 4 + m, 1 + (n * m) % 3, date '2017-03-30' - (n * m) % 20
from office cross join generate_series(0, 2) as m
where n % 3 <> 1;

insert into marts.rpt_lateness_by_opd
select month, opd_code, opd_name, people * 22, 20 + n * 6, (20 + n * 6) * (6 + n % 7), 10 + n
from office cross join (values (date '2017-02-01'), (date '2017-03-01')) as months (month);

insert into marts.rpt_deductions_by_opd
select month, opd_code, opd_name, people, case when month = '2017-03-01' then 412350.00 * (n % 6 + 1) else 0 end,
    175000.00 * (n % 4), n % 5, case when n = 8 then 188 else 0 end
from office cross join (values (date '2017-01-01'), (date '2017-02-01'), (date '2017-03-01')) as months (month);

insert into marts.rpt_data_gaps values
('DINKES', 'Dinas Kesehatan', 'T-008', 'Lobi', '2017-03-28 16:05', 65.9, 'unreachable', 'tcp://127.0.0.1:40008 tidak menjawab dalam 5 detik', 96),
('OPD15', 'Dinas Lingkungan Hidup', 'T-018', 'Pos jaga', '2017-03-30 17:02', 17.0, 'ok', null, 54),
('OPD01', 'Sekretariat Daerah', 'T-001', 'Lobi', '2017-03-31 10:00', 0, 'ok', null, 142);

insert into marts.rpt_fleet
select opd_code, opd_name, terminal_serial, label, case terminal_serial when 'T-018' then 'usb_file' else 'zk' end, covers_until_local,
    last_outcome, last_error_message, covers_until_local, gap_hours, case terminal_serial when 'T-001' then 240 when 'T-008' then -3 end,
    case terminal_serial when 'T-001' then 131 else 0 end, people_count,
    case terminal_serial when 'T-001' then 85000 end, case terminal_serial when 'T-001' then 15000 end,
    case terminal_serial when 'T-001' then 85.0 end,
    terminal_serial = 'T-001'
from marts.rpt_data_gaps;

insert into marts.rpt_quarantine values
('pin_unknown', 'T-001', 'Lobi', 'OPD01', 'Sekretariat Daerah', 12, 3, '2017-03-02', '2017-03-30'),
('future_punch', 'T-099', null, null, null, 1, 1, '2017-03-29', '2017-03-29');

insert into marts.rpt_rejects values
('T-001', 'Lobi', 'OPD01', 'Sekretariat Daerah', 'tanggal mustahil', 4, '2017-02-06', '2017-03-30');

insert into marts.rpt_terminal_signs values
('a', 'T-001', 'Lobi', 'OPD01', 'Sekretariat Daerah', 'nama_berganti', '2017-03-30 16:05', 'PIN 5 kini bernama BUDI, dahulu RINA'),
('b', 'T-001', 'Lobi', 'OPD01', 'Sekretariat Daerah', 'jam_bergeser', '2017-02-27 16:05', 'lebih dari 31 hari lalu');

insert into marts.rpt_event_rolls
select 'E' || to_char(day, 'MMDD'), 'apel_senin', 'Apel Senin', day::date, opd_code, opd_name, people, people - 5 - n % 4, 3,
    n % 4, 2
from generate_series(timestamp '2017-01-30', timestamp '2017-03-27', interval '7 days') as day cross join office;

insert into marts.rpt_face_checks_by_opd
select date '2017-03-01', opd_code, opd_name, case when n = 8 then 0 else 60 + n end, case when n = 8 then 0 else 50 end,
    case when n = 8 then 0 else n % 3 end, case when n = 8 then 0 else 10 + n - n % 3 end, 0, 0, 0, people * 40, people * 8,
    case when n = 8 then 0 else 50 end, people * 32 - case when n = 8 then 0 else 50 end
from office;

insert into marts.rpt_face_cases
select n, timestamp '2017-03-20 07:11' + n * interval '1 hour', 'P' || lpad(n::text, 4, '0'), null, 'Siti Rohmah ' || chr(64 + n) || '.',
    opd_code, opd_name, 'T-' || lpad(n::text, 3, '0'), 'Lobi', timestamp '2017-03-20 07:11' + n * interval '1 hour', n % 2 = 0
from office where n % 3 > 0 and n <> 8;

insert into marts.rpt_month_states (
    month, close_state, is_over, people_count, payable_idr, projected_idr, undecided_count, undecided_people_count,
    incomplete_day_count, incomplete_people_count, changed_at_local, decided_by, role, letter_no,
    susulan_people_count, susulan_payable_idr, susulan_projected_idr
) values
('2017-01-01', 'CLOSED', true, 1200, 0, 0, 0, 0, 0, 0, '2017-02-03 09:00', 'Nama Contoh', 'sekda', '900/01/BKPP', 0, 0, 0),
('2017-02-01', 'CLOSED', true, 1200, 0, 11075000, 12, 9, 4, 3, '2017-03-03 18:10', 'Nama Contoh', 'sekda', '900/02/BKPP', 2, 0, 87500),
('2017-03-01', 'OPEN', false, 1200, 21442200, 9625000, 31, 28, 188, 96, null, null, null, null, 0, 0, 0);

insert into marts.rpt_susulan (
    month, employee_id, nip, name, opd_code, opd_name, closed_at_local, closed_payable_pct, closed_payable_idr,
    now_payable_pct, now_payable_idr, difference_payable_pct, difference_payable_idr, closed_projected_pct,
    closed_projected_idr, now_projected_pct, now_projected_idr, difference_projected_pct, difference_projected_idr,
    difference_undecided_count, causes
)
select '2017-02-01', 'P' || lpad(n::text, 4, '0'), null, 'Nurhayati ' || chr(64 + n) || '.', opd_code, opd_name, '2017-03-03 18:10',
    0, 0, 0, 0, 0, 0, 0, 0, 5, 87500, 5, 87500, 0, 'Berkas USB T-018, 4-3-2017'
from office where n in (2, 15);

insert into marts.rpt_decisions_waiting values
('phbi_sanction', 'PHBI-0224', 'Sanksi: Tabligh akbar (contoh)', '2017-02-24', 16, 'hadir decide phbi PHBI-0224'),
('month_close', '2017-03', 'Tutup bulan Maret 2017', '2017-04-01', 1200, 'hadir close 2017-03');
drop table office;

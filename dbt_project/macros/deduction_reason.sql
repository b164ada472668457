{#-
    The sentence of a cut, for people: what happened, what it costs by which regulation, or why that
    is not decided. Reads the relations `decided` and `regulations` of the model that calls it.
-#}
{% macro deduction_reason() %}
    case
        when decided.event_id is not null then 'Tidak mengikuti ' || decided.subject
        when decided.matter = 'terlambat'
            then
                'Terlambat ' || decided.minutes || ' menit (masuk '
                || to_char(decided.judged_at_local, 'HH24.MI.SS') || ', jadwal '
                || to_char(decided.starts_at_local, 'HH24.MI') || ')'
        when decided.matter = 'pulang_awal'
            then
                'Pulang ' || decided.minutes || ' menit lebih awal (pulang '
                || to_char(decided.judged_at_local, 'HH24.MI.SS') || ', jadwal '
                || to_char(decided.ends_at_local, 'HH24.MI') || ')'
        when decided.matter = 'tanpa_masuk' then 'Tidak ada rekaman masuk'
        when decided.matter = 'tanpa_pulang' then 'Tidak ada rekaman pulang'
        when decided.matter = 'keluar_sementara'
            then 'Meninggalkan kantor ' || decided.minutes || ' menit pada jam kerja tanpa izin'
        when decided.matter = 'hukuman' then 'Hukuman yang ditetapkan ' || decided.subject
        when decided.matter = 'alpa' then 'Alpa: tidak ada rekaman maupun keterangan yang diterima'
        else 'Tidak masuk dengan keterangan ' || decided.subject
    end
    || case
        when decided.undecided_code = 'MENUNGGU_KEPUTUSAN'
            then '; sanksinya diserahkan kepada pimpinan (' || regulations.short_name || ') dan belum diputuskan.'
        when decided.undecided_code = 'TARIF_TIDAK_DIKETAHUI'
            then '; tarifnya dalam ' || regulations.short_name || ' tidak diketahui, jadi belum diputuskan.'
        when decided.undecided_code = 'BACAAN_GANDA'
            then
                '; ' || regulations.short_name || ' tidak menyebut angka yang pasti: '
                || replace(array_to_string(decided.candidates, ' atau '), '.', ',') || ' persen, jadi belum diputuskan.'
        when decided.undecided_code = 'TARIF_BULANAN'
            then
                '; ' || regulations.short_name || ' membayar sebagian tunjangan sebulan menurut lamanya'
                || coalesce(' (bulan ke-' || decided.leave_month || ')', '')
                || ' dan tidak menyebut potongan sehari, jadi hari ini belum diputuskan.'
        when decided.undecided_code = 'BAGIAN_TIDAK_DIKETAHUI'
            then
                '; potongan ' || replace(trim_scale(decided.rule_pct)::text, '.', ',') || ' persen dari '
                || coalesce(decided.base_name, 'dasar yang tidak disebut') || ' menurut ' || regulations.short_name
                || ', tetapi berapa bagiannya dari tunjangan tidak diketahui, jadi rupiahnya belum diputuskan.'
        when decided.undecided_code = 'ALPA_SEBAGIAN_HARI'
            then
                '; hanya sebagian giliran hari itu yang kosong dan tarifnya dalam ' || regulations.short_name
                || ' tidak diketahui, jadi belum diputuskan.'
        when decided.undecided_code = 'JAM_MESIN'
            then
                '; jam mesin ' || abs(decided.clock_drift_s) || ' detik lebih '
                || case when decided.clock_drift_s > 0 then 'cepat' else 'lambat' end
                || ' dan tanpa selisih itu tidak ada pelanggaran, jadi belum diputuskan.'
        when decided.undecided_code = 'TPP_TIDAK_DIKETAHUI'
            then '; TPP pada tanggal itu tidak ada dalam data, jadi belum dapat dihitung.'
        when decided.approval_id is not null
            then
                case
                    when decided.is_excepted then '; dikecualikan dari sanksi'
                    when decided.sanction_answer = 'none' then '; tanpa sanksi'
                    when decided.fixed_idr is not null then '; potongan Rp' || trim_scale(decided.fixed_idr)::text
                    else '; potongan ' || replace(trim_scale(decided.rule_pct)::text, '.', ',') || ' persen'
                end
                || ' menurut keputusan ' || decided.sanction_role || ' (surat ' || decided.sanction_letter_no || ')'
                || case
                    when decided.rule_status = 'in_force' then '.'
                    else '; dasarnya baru diumumkan, sehingga masih proyeksi.'
                end
        when decided.matter = 'hukuman'
            then
                '; potongan ' || replace(trim_scale(decided.rule_pct)::text, '.', ',')
                || ' persen menggantikan hitungan hari itu.'
        else
            '; potongan '
            || case decided.priced_by
                when 'idr' then 'Rp' || trim_scale(decided.priced_idr)::text
                when 'workday_share'
                    then
                        replace(trim_scale(decided.share_pct)::text, '.', ',') || ' persen dari tunjangan sehari ('
                        || decided.workday_count || ' hari kerja sebulan)'
                when 'minute_share'
                    then
                        decided.minutes || ' menit dari tunjangan sehari (' || decided.workday_count
                        || ' hari kerja sebulan)'
                when 'whole_month' then 'seluruh tunjangan sebulan'
                else
                    replace(trim_scale(decided.rule_pct)::text, '.', ',') || ' persen'
                    || case when decided.base_share_pct < 100 then ' dari ' || decided.base_name else '' end
            end
            || ' menurut ' || regulations.short_name
            || case
                when decided.rule_status = 'in_force' then '.'
                else ', baru diumumkan sehingga masih proyeksi.'
            end
    end
{% endmacro %}

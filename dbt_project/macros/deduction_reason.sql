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
        when decided.matter = 'alpa' then 'Alpa: tidak ada rekaman maupun keterangan yang diterima'
        else 'Tidak masuk dengan keterangan ' || decided.subject
    end
    || case
        when decided.undecided_code = 'MENUNGGU_KEPUTUSAN'
            then '; sanksinya diserahkan kepada pimpinan (' || regulations.short_name || ') dan belum diputuskan.'
        when decided.undecided_code = 'TARIF_TIDAK_DIKETAHUI'
            then '; tarifnya dalam ' || regulations.short_name || ' tidak diketahui, jadi belum diputuskan.'
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
        else
            '; potongan ' || replace(trim_scale(decided.rule_pct)::text, '.', ',') || ' persen menurut '
            || regulations.short_name
            || case
                when decided.rule_status = 'in_force' then '.'
                else ', baru diumumkan sehingga masih proyeksi.'
            end
    end
{% endmacro %}

{#-
    The sentence of a count that was taken over with a letter: what it costs by which regulation, or why that is not
    decided. Reads the relations `decided` and `regulations` of the model that calls it.
-#}
{% macro stated_counter_reason() %}
    'Hitungan ' || decided.counter || ' ' || replace(trim_scale(decided.quantity)::text, '.', ',') || ' (surat '
    || decided.letter_no || ')'
    || case
        when decided.undecided_code is null and decided.paid_pct is not null
            then
                ': tunjangan dibayar ' || replace(trim_scale(decided.paid_pct)::text, '.', ',')
                || ' persen menurut ' || regulations.short_name || '.'
        when decided.undecided_code is null
            then
                ': potongan '
                || case
                    when decided.priced_by = 'idr' then 'Rp' || trim_scale(decided.amount_idr)::text
                    else replace(trim_scale(round(decided.pct, 2))::text, '.', ',') || ' persen'
                end
                || ' menurut ' || regulations.short_name || '.'
        when decided.undecided_code = 'BACAAN_GANDA'
            then
                '; ' || regulations.short_name || ' dapat dibaca lebih dari satu cara'
                || coalesce(
                    ' (' || replace(array_to_string(
                        array(select trim_scale(one) from unnest(decided.candidates) as one), ' atau '
                    ), '.', ',') || ' persen)', ''
                ) || ', jadi belum diputuskan.'
        when decided.undecided_code = 'TARIF_TIDAK_DIKETAHUI'
            then '; tarifnya dalam ' || regulations.short_name || ' tidak diketahui, jadi belum diputuskan.'
        when decided.undecided_code = 'HARI_KERJA_TIDAK_DIKETAHUI'
            then '; banyaknya hari kerja bulan itu tidak diketahui, jadi belum dapat dihitung.'
        when decided.undecided_code = 'BAGIAN_TIDAK_DIKETAHUI'
            then '; bagian tunjangan yang menjadi dasarnya tidak diketahui, jadi rupiahnya belum dapat dihitung.'
        else '; TPP bulan itu tidak ada dalam data, jadi rupiahnya belum dapat dihitung.'
    end
{% endmacro %}

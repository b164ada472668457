"""A simulation as text for a terminal, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from law.simulation.run import Person, Simulation, Total


def rupiah(amount: Decimal) -> str:
    """Whole rupiah with the dots of the country."""
    return f"{amount:,.0f}".replace(",", ".")


def signed(amount: Decimal) -> str:
    """The same with its sign; what does not change is a dash."""
    return "-" if amount == 0 else ("+" if amount > 0 else "") + rupiah(amount)


def told(simulation: Simulation) -> str:
    """Totals, offices, the ten worst and the ten luckiest."""
    total = simulation.total
    lines = [
        f"Rancangan '{simulation.draft}' dicoba pada {simulation.first} sampai {simulation.last}",
        f"dibandingkan dengan: {', '.join(simulation.in_force) or 'tidak ada aturan'}"[:80],
        "",
        f"{'':<26}{'berlaku':>17}{'rancangan':>17}{'selisih':>18}",
        f"{'Potongan, rupiah':<26}{rupiah(total.before_idr):>17}{rupiah(total.after_idr):>17}"
        f"{signed(total.change_idr):>18}",
        _counted("Orang yang dipotong", total.before_hit, total.after_hit),
        _counted("Belum diputuskan", total.before_undecided, total.after_undecided),
        "",
        "Menurut kantor:",
        *_office_lines(simulation.offices),
        "",
        "Perkara (jumlah potongan):",
        *(_counted(f"  {one.matter}"[:26], one.before_count, one.after_count) for one in simulation.matters),
    ]
    for title, people in (("Paling dirugikan:", simulation.worst), ("Paling diuntungkan:", simulation.luckiest)):
        lines += ["", title, *(_person_lines(people) or ["  tidak ada"])]
    return "\n".join(lines)


def _counted(name: str, before: int, after: int) -> str:
    return f"{name:<26}{before:>17}{after:>17}{signed(Decimal(after - before)):>18}"


def _office_lines(offices: Iterable[Total]) -> list[str]:
    return [
        f"  {office.name[:23]:<24}{rupiah(office.before_idr):>17}{rupiah(office.after_idr):>17}"
        f"{signed(office.change_idr):>18}"
        for office in offices
    ]


def _person_lines(people: Iterable[Person]) -> list[str]:
    return [
        f"  {one.employee_id[:9]:<10}{one.name[:13]:<14}{rupiah(one.before_idr):>17}{rupiah(one.after_idr):>17}"
        f"{signed(one.change_idr):>18}"
        for one in people
    ]

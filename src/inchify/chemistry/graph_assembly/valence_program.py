"""Integer program that repairs broken valences with the likeliest states and bond kinds.

An integer program over the atoms around broken valences: one state for each atom, one kind for each
bond, with the bond orders adding up at every atom and a penalty for each order too many or too few.
Shape letters: A atom candidates, B bond candidates.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AssemblySettings,
    AtomCandidates,
    BondCandidates,
)
from inchify.chemistry.graph_assembly.selection import ORDER_K, AtomState, Choice, likely_states
from inchify.chemistry.valence import allowed_orders, implied_total, is_rare

# Maximum sum of bond orders at an atom with unrestricted valence.
FREE = 8
# Pairs with a lower bond probability do not extend the search region.
REACHED = np.log(1e-3)

Terms = list[tuple[int, float]]


@dataclass
class Program:
    """A mixed-integer program: minimize the sum of costs under rows of bounded linear terms."""

    costs: list[float] = field(default_factory=list)
    uppers: list[float] = field(default_factory=list)
    integral: list[int] = field(default_factory=list)
    rows: list[tuple[Terms, float, float]] = field(default_factory=list)

    def variable(self, cost: float, upper: float = 1.0, *, integral: bool = True) -> int:
        """The number of a new variable in 0..upper."""
        self.costs.append(cost)
        self.uppers.append(upper)
        self.integral.append(int(integral))
        return len(self.costs) - 1

    def row(self, terms: Terms, lower: float, upper: float) -> None:
        """A bound on a sum of (variable, factor)."""
        self.rows.append((terms, lower, upper))

    def solve(self, nodes: int) -> np.ndarray | None:
        """The best values found within the node limit of the search tree, or None."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        columns = [variable for terms, _, _ in self.rows for variable, _ in terms]
        factors = [factor for terms, _, _ in self.rows for _, factor in terms]
        starts = np.cumsum([0, *(len(terms) for terms, _, _ in self.rows)])
        matrix = csr_array((factors, columns, starts), (len(self.rows), len(self.costs)))
        bounds = np.array([row[1:] for row in self.rows])
        # One thread: SciPy warns of options that it does not know and hands them on. Where somebody
        # in this process solved with more threads before, HiGHS keeps those and refuses this one.
        for options in ({"node_limit": nodes, "threads": 1}, {"node_limit": nodes}):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Unrecognized options", RuntimeWarning)
                answer = milp(
                    np.array(self.costs),
                    integrality=np.array(self.integral),
                    bounds=Bounds(0.0, np.array(self.uppers)),
                    constraints=LinearConstraint(matrix, bounds[:, 0], bounds[:, 1]),
                    options=options,
                )
            if answer.x is not None:
                break
        return answer.x


@dataclass
class Place:
    """The variables of one atom in the program."""

    states: list[AtomState]
    options: list[tuple[int, int]] = field(default_factory=list)  # variable, number of its state
    absent: int | None = None
    orders: Terms = field(default_factory=list)
    aromatic: Terms = field(default_factory=list)
    bonds: Terms = field(default_factory=list)
    implied: Terms = field(default_factory=list)  # states that allow implied hydrogens
    fixed_order: int = 0
    fixed_bonds: int = 0


def repaired(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    choice: Choice,
    bad: Sequence[int],
    settings: AssemblySettings,
) -> Choice:
    """Repair broken valences by an integer program.

    It covers the atoms around the broken valences, and then the complete molecule where a valence
    is still broken.

    Args:
        atoms: Atom candidates.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        choice: The present choice.
        bad: Indices of the atoms with a broken valence.
        settings: Penalties in nats and limits of the program.

    Returns:
        The best choice; the present one where the search finds none.
    """
    region = _around(bonds, choice, bad, settings.repair_radius)
    best, paid = _searched(atoms, bonds, choice, region, settings)
    everything = set(np.flatnonzero(choice.present_A).tolist())
    if paid and len(region) < len(everything) <= settings.max_repair_atoms:
        best, _ = _searched(atoms, bonds, choice, everything, settings)
    return best


def _around(bonds: BondCandidates, choice: Choice, bad: Iterable[int], reach: int) -> set[int]:
    """The present atoms within ``reach`` likely or chosen bonds of ``bad``."""
    log_bond_B = bonds.log_kind_BK[:, 1:].max(axis=1, initial=LOWEST)
    linked_B = (log_bond_B > REACHED) | (choice.kind_B != NONE)
    linked_B &= choice.present_A[bonds.pairs_B2].all(axis=1)
    pairs_N2 = bonds.pairs_B2[linked_B]
    near_A = np.zeros(len(choice.states), dtype=bool)
    near_A[list(bad)] = True
    for _ in range(reach):
        touched_N = near_A[pairs_N2].any(axis=1)
        near_A[pairs_N2[touched_N].reshape(-1)] = True
    return set(np.flatnonzero(near_A).tolist())


def _searched(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    choice: Choice,
    region: set[int],
    settings: AssemblySettings,
) -> tuple[Choice, bool]:
    """The best choice within ``region``, and whether it still breaks a valence."""
    program = Program()
    places = {a: Place(likely_states(atoms, a, settings)) for a in sorted(region)}
    kinds = _add_bonds(program, places, bonds, choice, settings)
    habit = program.variable(0.0 if choice.implied else _implied_price(choice, settings))
    paid: list[int] = []
    for atom, place in places.items():
        _add_states(program, place, float(atoms.score_A[atom]), settings)
        paid += _add_valence(program, place, habit, settings)
    for number, options in kinds.items():
        _tie_to_atoms(program, places, bonds, number, options, settings)
    values = program.solve(settings.max_nodes)
    if values is None:
        return choice, True
    states, kind_B, present_A = list(choice.states), choice.kind_B.copy(), choice.present_A.copy()
    for atom, place in places.items():
        chosen = [number for variable, number in place.options if values[variable] > 0.5]
        if chosen:
            states[atom] = place.states[chosen[0]]
        else:
            present_A[atom] = False
    for number, options in kinds.items():
        kind_B[number] = next((c for v, c in options if values[v] > 0.5), NONE)
    implied = choice.implied or bool(values[habit] > 0.5)
    best = Choice(states, kind_B, present_A, choice.turned, implied)
    return best, any(values[variable] > 1e-6 for variable in paid)


def _implied_price(choice: Choice, settings: AssemblySettings) -> float:
    """The penalty of a picture that leaves out hydrogens, given how many symbols have some."""
    states = zip(choice.states, choice.present_A.tolist(), strict=True)
    written = sum(present and (state.hydrogens or 0) > 0 for state, present in states)
    return settings.implied_hydrogens_penalty + settings.mixed_hydrogens_penalty * min(written, 3)


def _add_bonds(
    program: Program,
    places: dict[int, Place],
    bonds: BondCandidates,
    choice: Choice,
    settings: AssemblySettings,
) -> dict[int, list[tuple[int, int]]]:
    """For each bond that may change, its (variable, column); the others count as they are."""
    kinds: dict[int, list[tuple[int, int]]] = {}
    for number, pair in enumerate(bonds.pairs_B2.tolist()):
        ends = [places[end] for end in pair if end in places]
        column = int(choice.kind_B[number])
        logs = bonds.log_kind_BK[number]
        options = _bond_options(logs, settings) if len(ends) == 2 else []
        if len(options) < 2:
            for end in ends:
                end.fixed_order += int(ORDER_K[column])
                end.fixed_bonds += column != NONE
            continue
        kinds[number] = []
        for option in options:
            variable = program.variable(-float(logs[option]))
            kinds[number].append((variable, option))
            for end in ends:
                if option != NONE:
                    end.bonds.append((variable, 1.0))
                if ORDER_K[option]:
                    end.orders.append((variable, float(ORDER_K[option])))
                if option == COLUMNS["aromatic"]:
                    end.aromatic.append((variable, 1.0))
        program.row([(variable, 1.0) for variable, _ in kinds[number]], 1, 1)
    return kinds


def _bond_options(logs: np.ndarray, settings: AssemblySettings) -> list[int]:
    """The likeliest columns, one for each order, no less likely than ``depth`` allows."""
    ranked = np.argsort(-logs, kind="stable").tolist()
    options: list[int] = []
    orders: set[tuple[int, bool]] = set()
    for column in ranked:
        order = (int(ORDER_K[column]), column in (NONE, COLUMNS["aromatic"]))
        if logs[column] >= logs[ranked[0]] - settings.max_cost and order not in orders:
            orders.add(order)
            options.append(column)
    return options[: settings.max_choices]


def _add_states(program: Program, place: Place, score: float, settings: AssemblySettings) -> None:
    """One variable for each state and valence, and one for an atom that may be left out."""
    totals: Terms = []
    widths: Terms = []
    for number, state in enumerate(place.states):
        allowed = allowed_orders(state.symbol, state.charge, state.hydrogens)
        loose = allowed is None or state.hydrogens is None
        sums = (FREE,) if allowed is None else (max(allowed, default=0),) if loose else allowed
        for order in sums or (0,):
            uncommon = is_rare(state.symbol, state.charge, order + (state.hydrogens or 0))
            cost = settings.rare_valence_penalty * (uncommon and not loose) - state.log_probability
            variable = program.variable(cost)
            place.options.append((variable, number))
            totals.append((variable, -float(order)))
            if loose:
                widths.append((variable, -float(order)))
            elif order == implied_total(state.symbol, state.charge, state.hydrogens):
                place.implied.append((variable, -float(order)))
    ones = [(variable, 1.0) for variable, _ in place.options]
    if score < settings.sure_score and not place.fixed_bonds:
        score = max(score, 1e-6)
        place.absent = program.variable(float(np.log(score) - np.log1p(-score)))
        ones.append((place.absent, 1.0))
    program.row(ones, 1, 1)
    if widths:
        free = program.variable(0.0, FREE, integral=False)
        program.row([(free, 1.0), *widths], -np.inf, 0)
        totals.append((free, 1.0))
    place.orders += totals


def _add_valence(
    program: Program, place: Place, habit: int, settings: AssemblySettings
) -> list[int]:
    """The constraint on an atom's bond orders; its penalized variables. ``habit``: the picture
    leaves out hydrogens, so that symbols without any may have fewer bonds."""
    excess = program.variable(settings.overvalence_penalty, np.inf, integral=False)
    deficit = program.variable(settings.undervalence_penalty, np.inf, integral=False)
    terms = [*place.orders, (excess, -1.0), (deficit, 1.0)]
    if place.aromatic:
        shared = program.variable(0.0)  # the ring's double bond is here
        program.row([(shared, 1.0), *((v, -f) for v, f in place.aromatic)], -np.inf, 0)
        terms.append((shared, 1.0))
    if place.implied:
        missing = program.variable(0.0, FREE, integral=False)
        program.row([(missing, 1.0), *place.implied], -np.inf, 0)
        program.row([(missing, 1.0), (habit, -float(FREE))], -np.inf, 0)
        terms.append((missing, 1.0))
    program.row(terms, -place.fixed_order, -place.fixed_order)
    label = [v for v, number in place.options if place.states[number].is_label]
    if not label:
        return [excess, deficit]
    extra = program.variable(settings.extra_label_bond_penalty, np.inf, integral=False)
    slack = float(len(place.bonds))
    known = max(state.label_bonds for state in place.states)
    limit = (known or settings.label_bonds) - place.fixed_bonds + slack
    terms = [*place.bonds, (extra, -1.0), *((v, slack) for v in label)]
    program.row(terms, -np.inf, limit)
    return [excess, deficit, extra]


def _tie_to_atoms(
    program: Program,
    places: dict[int, Place],
    bonds: BondCandidates,
    number: int,
    options: Sequence[tuple[int, int]],
    settings: AssemblySettings,
) -> None:
    """An atom that is left out removes its bonds, each at the cost of its support."""
    price = -float(bonds.log_kind_BK[number, NONE])
    for end in bonds.pairs_B2[number].tolist():
        absent = places[end].absent
        if absent is None:
            continue
        program.costs[absent] -= max(0.0, price - settings.support)
        there = [(variable, 1.0) for variable, column in options if column != NONE]
        program.row([*there, (absent, 1.0)], -np.inf, 1)

"""The simple form is a view of the rules: whatever it shows is a rule, and what it cannot show it names.

A rule stands in a cell when it is switched on, names nothing but the row's list and leads to a destination of a kind
that the table knows. The first two of a row are its reactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.api.deps import no_double
from services.api.reactions.table_schemas import (
    KINDS,
    ROWS,
    TITLES,
    Action,
    Beyond,
    Cell,
    Option,
    Table,
    TableOut,
    TableRow,
    Target,
)
from shared import stored_rules
from shared.clock import now
from shared.db.tables import Destination, IntegrationKind, ReactionRule
from shared.errors import Invalid
from shared.reactions import RuleSettings
from shared.rules.rule import Rule

ACTIONS = {kind: action for action, kind in KINDS.items()}
CELLS = 2
_LOCK = 7_052_025  # any number that only changes of the table use

Wanted = tuple[Action, UUID]


def view(session: Session) -> TableOut:
    """The table as the stored rules make it."""
    rules = [rule for rule in stored_rules.rules(stored_rules.rows(session)) if rule.enabled]
    rows = {name: _in_cells(rules, name) for name in ROWS}
    shown = {rule.rule_id for found in rows.values() for rule in found}
    return TableOut(
        **{name: _row(found) for name, found in rows.items()},
        options=_options(session),
        beyond=[_beyond(rule, rows) for rule in rules if rule.rule_id not in shown],
    )


def replace(session: Session, asked: Table) -> TableOut:
    """Makes the rules say what the table asks for; rules that no cell shows stay as they are. Raises Invalid."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    options = {option.action: option for option in _options(session)}
    rules = [rule for rule in stored_rules.rules(stored_rules.rows(session)) if rule.enabled]
    for name, row in asked.rows.items():
        wanted = _wanted(name, row, options)
        present = {(ACTIONS[rule.kind], rule.destination_id): rule for rule in _in_cells(rules, name)}
        for place in present.keys() - set(wanted):
            session.delete(session.get_one(ReactionRule, present[place].rule_id))
        for action, destination_id in wanted:
            if (action, destination_id) not in present:
                _add(session, name, action, destination_id)
    session.flush()
    session.expire_all()
    return view(session)


def _in_cells(rules: Sequence[Rule], row: str) -> list[Rule]:
    """The rules of a row's cells: one a destination, at most as many as there are cells."""
    by_destination: dict[UUID, Rule] = {}
    for rule in rules:
        if _is_plain(rule, row):
            by_destination.setdefault(rule.destination_id, rule)
    return list(islice(by_destination.values(), CELLS))


def _is_plain(rule: Rule, row: str) -> bool:
    return rule.kind in ACTIONS and rule.settings == RuleSettings(lists=(row,))


def _row(rules: Sequence[Rule]) -> TableRow:
    cells = [Cell(action=ACTIONS[rule.kind], destination_id=rule.destination_id) for rule in rules]
    return TableRow(**{f"reaction_{number}": cell for number, cell in enumerate(cells, 1)})


def _beyond(rule: Rule, rows: dict[str, list[Rule]]) -> Beyond:
    row = next((name for name in rows if _is_plain(rule, name)), None)
    if rule.kind not in ACTIONS:
        sentence = f"It leads to {rule.destination}, which the table does not know"
    elif row is None:
        sentence = "It has conditions that the table cannot show"
    elif any(shown.destination_id == rule.destination_id for shown in rows[row]):
        sentence = f"It says the same as a reaction of the row {ROWS[row]}"
    else:
        sentence = f"The row {ROWS[row]} has no more than {CELLS} places"
    return Beyond(id=rule.rule_id, name=rule.name, sentence=sentence)


def _options(session: Session) -> list[Option]:
    installed = {kind.name: kind for kind in session.scalars(select(IntegrationKind))}
    ready = select(Destination).where(Destination.enabled).order_by(Destination.name)
    destinations = session.scalars(ready).all()
    found = [_option(Action.NO_ACTION, "", [])]
    for action, kind in KINDS.items():
        targets = [Target(id=row.id, name=row.name) for row in destinations if row.kind == kind]
        found.append(_option(action, _obstacle(installed.get(kind), kind, targets), targets))
    return found


def _option(action: Action, obstacle: str, targets: list[Target]) -> Option:
    return Option(action=action, title=TITLES[action], available=not obstacle, sentence=obstacle, destinations=targets)


def _obstacle(installed: IntegrationKind | None, kind: str, targets: Sequence[Target]) -> str:
    if installed is None:
        return f"The integration {kind} is not installed here"
    if installed.broken:
        return f"The integration {kind} cannot be used: {installed.broken}"
    return "" if targets else f"Add a destination of the kind {installed.title} first"


def _wanted(name: str, row: TableRow, options: dict[Action, Option]) -> list[Wanted]:
    """What the cells of a row ask for. Raises Invalid."""
    found: list[Wanted] = []
    for place, cell in row.cells.items():
        if cell.action is Action.NO_ACTION:
            continue
        one = cell.action, _target(cell, options[cell.action], f"{name}.{place}")
        if one in found:
            raise Invalid(f"{ROWS[name]} would do the same twice", f"{name}.{place}")
        found.append(one)
    return found


def _target(cell: Cell, option: Option, field: str) -> UUID:
    if not option.available:
        raise Invalid(option.sentence, f"{field}.action")
    known = {target.id: target.name for target in option.destinations}
    if cell.destination_id is None and len(known) == 1:
        return next(iter(known))
    if cell.destination_id not in known:
        names = ", ".join(known.values())
        raise Invalid(f"Say which destination {option.title} means: {names}", f"{field}.destination_id")
    return cell.destination_id


def _add(session: Session, row: str, action: Action, destination_id: UUID) -> None:
    """A rule whose name says what it does; its time sets it behind those that were added before."""
    destination = session.get_one(Destination, destination_id)
    base = f"{ROWS[row]}: {TITLES[action]}, {destination.name}"[:64].rstrip()
    taken = session.scalar(select(func.count()).where(ReactionRule.name == base))
    name = f"{base[:55]} {destination_id.hex[:8]}" if taken else base
    settings = RuleSettings(lists=(row,)).model_dump(mode="json")
    rule = ReactionRule(name=name, rule="on_list", settings=settings, destination_id=destination_id, created_at=now())
    session.add(rule)
    with no_double(f"There is already a reaction {name}"):
        session.flush()

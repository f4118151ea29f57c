"""Reactions: when a vehicle of this kind passes, tell this destination."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, allow, check_unlimited
from services.api.asked import Body
from services.api.deps import Db
from services.api.reactions import dry_run, queries, table
from services.api.reactions.dry_run_schemas import DryRunIn, DryRunOut
from services.api.reactions.schemas import ReactionIn, ReactionOut, ReactionPatch, Reactions
from services.api.reactions.table_schemas import Table, TableOut
from services.api.repeats import OnceRoute, once
from shared.credentials import Scope
from shared.db.tables import ReactionRule

router = APIRouter(prefix="/reactions", tags=["reactions"], route_class=OnceRoute)


@router.get("")
@allow(Scope.REACTIONS_READ)
def list_reactions(session: Db) -> Reactions:
    """All reactions."""
    return Reactions(reactions=[_out(row) for row in queries.all_reactions(session)])


@router.post("", status_code=201)
@allow(Scope.REACTIONS_WRITE)
@once
def add_reaction(asked: Body[ReactionIn], session: Db, who: Who) -> ReactionOut:
    """Adds a reaction; it holds for passages that become reliable from now on."""
    row = queries.add(session, asked)
    audit.record(session, who, "reaction.add", row.name, {"settings": row.settings})
    return _out(row)


@router.get("/table")
@allow(Scope.REACTIONS_READ)
def get_reaction_table(session: Db) -> TableOut:
    """The simple form: two reactions each for any plate, black list and white list, as the rules make it."""
    return table.view(session)


@router.put("/table")
@allow(Scope.REACTIONS_WRITE)
def set_reaction_table(asked: Body[Table], session: Db, who: Who) -> TableOut:
    """Makes the rules say what the simple form says; rules that it does not show stay as they are."""
    shown = table.replace(session, asked)
    audit.record(session, who, "reaction.table", "table", asked.model_dump(mode="json"))
    return shown


@router.post("/dry-run")
@allow(Scope.REACTIONS_READ, Scope.EVENTS_READ)
def dry_run_reaction(asked: Body[DryRunIn], session: Db, who: Who) -> DryRunOut:
    """Counts for which stored events a rule would have fired; nothing is changed or sent."""
    # It tells of the vehicles of all cameras, as the rule would see them.
    check_unlimited(who)
    return dry_run.run(session, asked)


@router.get("/{reaction_id:uuid}")
@allow(Scope.REACTIONS_READ)
def get_reaction(reaction_id: UUID, session: Db) -> ReactionOut:
    """One reaction."""
    return _out(queries.reaction(session, reaction_id))


@router.patch("/{reaction_id:uuid}")
@allow(Scope.REACTIONS_WRITE)
def change_reaction(reaction_id: UUID, asked: Body[ReactionPatch], session: Db, who: Who) -> ReactionOut:
    """Changes what is given."""
    row = queries.change(session, reaction_id, asked)
    audit.record(session, who, "reaction.change", row.name, {"fields": sorted(asked.model_fields_set)})
    return _out(row)


@router.delete("/{reaction_id:uuid}", status_code=204)
@allow(Scope.REACTIONS_WRITE)
def delete_reaction(reaction_id: UUID, session: Db, who: Who) -> None:
    """Takes a reaction away; what it fired already is still delivered."""
    audit.record(session, who, "reaction.delete", queries.remove(session, reaction_id))


def _out(row: ReactionRule) -> ReactionOut:
    return ReactionOut.model_validate(row, from_attributes=True)

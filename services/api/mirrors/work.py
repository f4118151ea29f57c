"""Runs a mirror: fetch, plan, and apply what its owner lets pass without looking."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Engine, delete, func, update
from sqlalchemy.orm import Session

from services.api.mirrors import managed
from services.api.mirrors.fetch import fetch
from services.api.mirrors.queries import source_of
from services.api.mirrors.schemas import FILES, MirrorSettings, Source
from services.api.transfer.plan import Report
from services.api.transfer.storage import ImportFiles
from services.api.transfer.work import Imports, job_progress
from shared.addresses import Reach
from shared.db.session import connect, transaction
from shared.db.tables import ListImport, ListMirror
from shared.errors import PlatewireError
from shared.peer_http import PeerTransport
from shared.secrets import Vault
from shared.settings import from_environment

logger = logging.getLogger(__name__)

ACTOR = "mirror"
PATIENCE = 60.0
"""Seconds in which a file must have come, all of it."""


def run_mirror(list_id: str) -> None:
    """Runs as an RQ job (see shared/jobs.py)."""
    settings = from_environment()
    engine = connect(settings.sqlalchemy_url, pool=1)
    imports = Imports(engine, ImportFiles.of(settings.data_dir), job_progress())
    vault = Vault(settings.secret_key.get_secret_value())
    transport = PeerTransport(Reach.from_environment(), PATIENCE)
    try:
        Mirror(UUID(list_id), imports, vault, settings.data_dir / FILES, transport).run()
    finally:
        engine.dispose()


@dataclass(frozen=True)
class Mirror:
    """One list's mirror. `transport` decides which addresses it may reach, `folder` holds the files it may read."""

    list_id: UUID
    imports: Imports
    vault: Vault
    folder: Path
    transport: httpx.BaseTransport

    @property
    def _engine(self) -> Engine:
        return self.imports.engine

    def run(self) -> None:
        """Does nothing unless it is due. The next time is set first: a run that ends the process must be no loop."""
        begun = self._begin()
        if begun is None:
            return
        source, settings = begun
        import_id = uuid4()
        try:
            self._fetch(source, self.imports.files.original(import_id))
        except PlatewireError as error:
            self.imports.files.discard(import_id)
            self._end(False, str(error))
            return
        self._add(import_id, source, settings)
        self.imports.plan(import_id)
        self._decide(import_id, settings)

    def _fetch(self, source: Source, target: Path) -> None:
        if source.kind != "meta":
            fetch(source, self.folder, self.transport, target)
            return
        with transaction(self._engine) as session:
            managed.write_down(session, session.get_one(ListMirror, self.list_id), target)

    def _begin(self) -> tuple[Source, MirrorSettings] | None:
        with transaction(self._engine) as session:
            row = session.get(ListMirror, self.list_id, with_for_update=True)
            moment = session.scalar(func.now())
            if row is None or moment is None or not row.enabled or row.next_run_at > moment:
                return None
            settings = MirrorSettings.model_validate(row.settings)
            row.last_run_at = moment
            row.next_run_at = moment + timedelta(minutes=settings.every_minutes)
            return source_of(self.vault, row), settings

    def _add(self, import_id: UUID, source: Source, settings: MirrorSettings) -> None:
        with transaction(self._engine) as session:
            session.add(
                ListImport(
                    id=import_id,
                    list_id=self.list_id,
                    mirrored=True,
                    mode=settings.mode,
                    strict=settings.strict,
                    wish=settings.read_as.model_dump(mode="json"),
                    asked_by=ACTOR,
                    file_name=source.file_name[:200],
                )
            )

    def _decide(self, import_id: UUID, settings: MirrorSettings) -> None:
        """Applies the plan, lets it wait for somebody, or forgets it because it changes nothing."""
        with transaction(self._engine) as session:
            row = session.get(ListImport, import_id, with_for_update=True)
            if row is None:
                return
            self._supersede(session, import_id)
            if row.state != "planned":
                self._tell(session, False, row.sentence, import_id)
                return
            report = Report.model_validate(row.report)
            waits = self._waits(session, row, report, settings)
            if report.counts.nothing:
                self._remember(session, row.fingerprint)
                session.execute(delete(ListImport).where(ListImport.id == import_id))
                self._tell(session, True, "Nothing changed")
            elif waits:
                row.sentence = f"Waits for approval: {row.sentence.lower()} ({waits})"
                self._tell(session, True, row.sentence, import_id)
            else:
                row.state, row.confirmed_by = "applying", ACTOR
        if report.counts.nothing:
            self.imports.files.discard(import_id)
        elif not waits:
            self._apply(import_id)

    def _waits(self, session: Session, row: ListImport, report: Report, settings: MirrorSettings) -> str:
        """Why somebody must look first; empty when nobody needs to."""
        mirror = session.get_one(ListMirror, self.list_id)
        if settings.changed_here == "after_approval" and mirror.fingerprint not in ("", row.fingerprint):
            return "entries were changed here since the last run"
        passes = settings.apply == "below_limit" and report.share_removed <= settings.most_removed
        return "" if passes else f"{report.share_removed:.0%} of the list goes"

    def _remember(self, session: Session, fingerprint: str) -> None:
        """What the list is like when it is the same as its source."""
        mine = update(ListMirror).where(ListMirror.list_id == self.list_id)
        session.execute(mine.values(fingerprint=fingerprint))

    def _apply(self, import_id: UUID) -> None:
        self.imports.apply(import_id)
        with transaction(self._engine) as session:
            row = session.get(ListImport, import_id)
            if row is not None:
                self._tell(session, row.state == "applied", row.sentence, import_id)

    def _supersede(self, session: Session, import_id: UUID) -> None:
        """What an earlier run left for approval is out of date."""
        session.execute(
            update(ListImport)
            .where(ListImport.list_id == self.list_id, ListImport.mirrored, ListImport.id != import_id)
            .where(ListImport.state.in_(("planned", "stale")))
            .values(state="discarded", sentence="A later run of the mirror took its place")
        )

    def _end(self, ok: bool, sentence: str) -> None:
        with transaction(self._engine) as session:
            self._tell(session, ok, sentence)

    def _tell(self, session: Session, ok: bool, sentence: str, import_id: UUID | None = None) -> None:
        values = {"last_ok": ok, "last_sentence": sentence, "last_import_id": import_id}
        session.execute(update(ListMirror).where(ListMirror.list_id == self.list_id).values(values))
        level = logging.INFO if ok else logging.WARNING
        logger.log(level, "mirror ran", extra={"list_id": str(self.list_id), "outcome": sentence})

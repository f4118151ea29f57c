"""Backing the site up and restoring it; for admins alone, because a backup holds every secret."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from services.api.access import Who, admin_only
from services.api.asked import Body
from services.api.backup.schemas import BackupIn, RestorePreview
from services.api.deps import Site
from services.api.errors import a_file
from shared.backup import restore
from shared.backup.container import Damaged
from shared.backup.plan import Mode
from shared.clock import now
from shared.errors import Invalid

router = APIRouter(tags=["backup"])
MOST_BYTES = 256 * 1024 * 1024
_MEDIA_TYPE = "application/octet-stream"

Backup = Annotated[UploadFile, File(description="as a backup was downloaded")]
Passphrase = Annotated[SecretStr, Form(min_length=1, max_length=1000)]
HowMuch = Annotated[Mode, Form(description="merge adds and changes; replace also takes away what the backup lacks")]


@router.post("/backup", response_class=StreamingResponse, responses=a_file(_MEDIA_TYPE))
@admin_only
def make_backup(asked: Body[BackupIn], site: Site, who: Who) -> StreamingResponse:
    """Downloads settings, cameras, destinations, rules, lists, people and keys as one encrypted, signed file."""
    pieces = restore.back_up(site.engine, site.vault, asked.passphrase.get_secret_value(), who.actor)
    name = f"platewire-{now():%Y%m%d-%H%M}.backup"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=_MEDIA_TYPE, headers=headers)


@router.post("/restore/preview", max_body_size=MOST_BYTES)
@admin_only
def preview_restore(
    file: Backup, passphrase: Passphrase, site: Site, who: Who, mode: HowMuch = Mode.MERGE
) -> RestorePreview:
    """Says what restoring a backup would add, change and take away; changes nothing."""
    source = restore.Source(file.file, passphrase.get_secret_value(), mode, who.user_id)
    try:
        return RestorePreview.of(restore.preview(site.engine, site.vault, source))
    except Damaged as error:
        raise Invalid(str(error), "file") from None


@router.post("/restore", max_body_size=MOST_BYTES)
@admin_only
def restore_backup(
    file: Backup,
    passphrase: Passphrase,
    digest: Annotated[str, Form(pattern="^[0-9a-f]{64}$", description="of the preview")],
    site: Site,
    who: Who,
    mode: HowMuch = Mode.MERGE,
) -> RestorePreview:
    """Makes the site as the preview told, whole or not at all; 409 when it has changed since."""
    source = restore.Source(file.file, passphrase.get_secret_value(), mode, who.user_id)
    try:
        return RestorePreview.of(restore.restore(site.engine, site.vault, source, digest, who.actor))
    except Damaged as error:
        raise Invalid(str(error), "file") from None

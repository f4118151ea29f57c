"""FTP: uploads pictures and a document of each event to a file server, by FTP, FTPS or SFTP."""

from __future__ import annotations

from services.integrations.ftp.deliver import check, deliver
from services.integrations.ftp.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="ftp",
    title="FTP / SFTP upload",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
)

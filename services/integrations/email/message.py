"""A delivery as one mail message; pure."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.integrations.email.settings import Settings
from shared.integration import Pictures
from shared.messages import Delivery
from shared.push_document import ascii_plate
from shared.wording import fill, one_line, values_of


def build(delivery: Delivery, pictures: Pictures, settings: Settings) -> EmailMessage:
    """The same delivery has the same Message-ID at each try, so that a second copy can be told."""
    values = values_of(delivery, pictures)
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.recipients)
    message["Subject"] = one_line(fill(settings.subject, values, one_line)) or "Vehicle"
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = f"<{delivery.delivery_id}@platewire.invalid>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(fill(settings.text, values, one_line))
    name = ascii_plate(delivery.event.plate) or "unread"
    for kind, picture in (("crop", pictures.crop), ("frame", pictures.frame)):
        if settings.pictures in (kind, "both") and (data := picture()):
            form = "png" if data.startswith(b"\x89PNG") else "jpeg"
            message.add_attachment(data, "image", form, filename=f"{name}_{kind}.{form.replace('jpeg', 'jpg')}")
    return message

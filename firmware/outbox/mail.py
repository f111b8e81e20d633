"""Mail by SMTP (RFC 5321), to the one server of the site configuration.

The password goes over an encrypted connection only, and into no log: smtplib's errors carry what
the server said, and that is all that is kept of them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.policy
import smtplib
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import PurePath

from firmware.config.home import Home
from firmware.config.sections.mail import Mail, Security
from firmware.model.letter import Letter
from firmware.outbox.route import Never, NotNow, RouteClosed

TIMEOUT_S = 30.0
_LONGEST_REPLY = 200

_KINDS = {
    ".wav": ("audio", "wav"),
    ".pdf": ("application", "pdf"),
    ".csv": ("text", "csv"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""What an attachment is (RFC 2045), by its file's ending."""


class MailRoute:
    """The way by the site's mail server. ``settings`` is asked for each connection."""

    at_most_once = False

    def __init__(self, home: Home, settings: Callable[[], tuple[Mail, str]]) -> None:
        self._home = home
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> None:
        """Route."""
        settings, office = self._settings()
        message = self._message(letter, settings, office)
        server = self._server = self._server or _connected(settings)
        try:
            server.send_message(message, settings.sender, [letter.recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[letter.recipient]
            self._judge(code, said)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            raise RouteClosed("the mail server hung up") from error
        except smtplib.SMTPResponseException as error:
            self._judge(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise RouteClosed(f"the mail server does not answer: {error}") from error

    def close(self) -> None:
        """Route."""
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server = None

    def _judge(self, code: int, said: bytes | str) -> None:
        """What a refusal means (RFC 5321 §4.2.1): 421 closes the way, 4xx is for now."""
        text = f"{code} {_shown(said)}"
        if code == 421:
            self.close()
            raise RouteClosed(text)
        if 400 <= code < 500:
            raise NotNow(text)
        raise Never(text)

    def _message(self, letter: Letter, settings: Mail, office: str) -> EmailMessage:
        message = EmailMessage(policy=email.policy.SMTP)
        domain = settings.sender.rpartition("@")[2]
        message["From"] = Address(office, addr_spec=settings.sender)
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(dt.datetime.fromtimestamp(letter.created_at, dt.UTC))
        # The same at every try: who got the first of two throws the second away.
        message["Message-ID"] = f"<{letter.ident.replace(':', '.')}.{letter.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "I am on holiday" in answer
        message.set_content(letter.body)
        if letter.attachment:
            try:
                body = (self._home.outbox / letter.attachment).read_bytes()
            except FileNotFoundError as error:
                raise Never(f"its attachment {letter.attachment} is gone") from error
            kind, subkind = _KINDS[PurePath(letter.attachment).suffix]
            message.add_attachment(
                body, maintype=kind, subtype=subkind, filename=letter.attachment_name
            )
        return message


def _connected(settings: Mail) -> smtplib.SMTP:
    """A connection that is encrypted and signed in as the settings ask.

    Raises:
        RouteClosed: it could not be had. Never with the password in its text.
    """
    if not settings.server:
        raise RouteClosed("there is no mail server in the configuration")
    place = f"{settings.server}:{settings.port}"
    server: smtplib.SMTP | None = None
    try:
        if settings.security is Security.TLS:
            server = smtplib.SMTP_SSL(
                settings.server, settings.port, timeout=TIMEOUT_S, context=_context(settings)
            )
        else:
            server = smtplib.SMTP(settings.server, settings.port, timeout=TIMEOUT_S)
        if settings.security is Security.STARTTLS:
            server.starttls(context=_context(settings))
        if settings.user and settings.password is not None:
            server.login(settings.user, settings.password.get_secret_value())
    except smtplib.SMTPAuthenticationError as error:
        _drop(server)
        raise RouteClosed(f"{place} refuses the user name or the password") from error
    except smtplib.SMTPNotSupportedError as error:
        _drop(server)
        raise RouteClosed(f"{place} offers no encryption or no sign-in") from error
    except smtplib.SMTPResponseException as error:
        _drop(server)
        raise RouteClosed(f"{place} says {error.smtp_code} {_shown(error.smtp_error)}") from error
    except ssl.SSLCertVerificationError as error:
        _drop(server)
        raise RouteClosed(f"{place} is not who it says: {error.verify_message}") from error
    except (OSError, smtplib.SMTPException) as error:
        _drop(server)
        raise RouteClosed(f"{place} does not answer: {error}") from error
    return server


def _context(settings: Mail) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _drop(server: smtplib.SMTP | None) -> None:
    if server is not None:
        server.close()


def _shown(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:_LONGEST_REPLY]

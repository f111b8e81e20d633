"""The section ``mail``: the server that takes the box's letters, and how it is spoken to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, SecretStr

from firmware.config.problem import Problem
from firmware.config.types import FilePath, Section, TcpPort, WholeNumber, text

Item = Mapping[str, Any]

Address = Annotated[
    str,
    text(
        r"^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190})?$",
        "a mail address, as in name@example.com",
    ),
]
"""An address of RFC 5321 §4.1.2 in its plain form, or "" for none. No space and no line break:
either would let a header in."""

Host = Annotated[str, text(r"^[A-Za-z0-9.:-]{0,190}$", "a server's name or address")]

UserName = Annotated[str, text(r"^[!-~]{0,190}$", "a user name without spaces")]


class Security(StrEnum):
    STARTTLS = "starttls"  # port 587: in the clear, then encrypted; refused if it is not
    TLS = "tls"  # port 465: encrypted from the first byte
    NONE = "none"  # a server in the office's own network


class Mail(Section):
    """The mail server. Without one no mail is written."""

    server: Host = ""
    port: TcpPort = 587
    security: Security = Security.STARTTLS
    user: UserName = ""  # none: the server asks for no password
    password: SecretStr | None = None
    sender: Address = ""
    ca: FilePath = ""  # PEM of the authority that signed the server's certificate, if no public one
    keep_trying_h: Annotated[WholeNumber, Field(ge=1, le=336)] = 96


def check(document: Item, mask: str) -> Iterator[Problem]:
    """Every problem of the section; ``mask`` is what stands for a secret that is not shown."""
    written = document.get("mail")
    if not isinstance(written, dict):
        return
    if written.get("server") and written.get("sender", "") == "":
        yield Problem(
            path="mail.sender",
            reason="is missing: every letter has a sender",
            suggestion="write sender: NAME@DOMAIN",
        )
    user, password = written.get("user", ""), written.get("password", "")
    if user and password == "":
        yield Problem(path="mail.password", reason="is missing: user and password go together")
    if password and user == "":
        yield Problem(path="mail.user", reason="is missing: user and password go together")
    if password == mask:
        yield Problem(
            path="mail.password",
            value=mask,
            reason="is the mask of a shown configuration, not a password",
            suggestion="start from `markaz config show --secrets`",
        )
    if password and written.get("security") == Security.NONE:
        yield Problem(
            path="mail.security",
            value=Security.NONE,
            reason="would send the password readable by everybody on the way",
            suggestion="write security: starttls, or leave user and password out",
        )

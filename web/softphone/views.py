"""The page of the telephone in the browser, the passes it registers with, and one's own calls.

The page is a window of its own: a browser ends a call with the page that holds it, and the
console is one of many pages. What the other pages show of it travels within the browser
(static/softphone/dock.js).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request

from firmware.config.home import Home
from firmware.config.schema import Extension, Network, Site
from firmware.link.api import EdgeApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.model.permissions import Permission
from web.softphone import own, wording
from web.system import access, headers, language
from web.system.permission import needs

pages = Blueprint("softphone", __name__, template_folder="templates")

TIMEOUT_S = 3.0

_NAME = re.compile(r"(?!localhost)[a-z][a-z0-9.-]{0,252}")
"""A name in an address; "localhost" may be another address than SIP's."""


@pages.after_request
def _may_use_the_microphone(response: Response) -> Response:
    """This page lets a person talk."""
    response.headers["Permissions-Policy"] = (
        "microphone=(self), speaker-selection=(self), camera=(), geolocation=()"
    )
    return response


@pages.get("/softphone")
@needs(Permission.USE_SOFTPHONE)
def page() -> str | tuple[str, int]:
    """The telephone of the extension of whoever is signed in."""
    site = language.site()
    mine = _extension(site)
    if mine is None:
        return render_template("softphone/none.html"), 404
    server = _server(site.network)
    headers.allow_socket(server)
    return render_template(
        "softphone/page.html",
        extension=mine,
        server=server,
        realm=site.network.realm,
        words={**wording.LINES, **wording.CALLS, **wording.SAID},
        actions=wording.ACTIONS,
    )


@pages.post("/softphone/pass")
@needs(Permission.USE_SOFTPHONE)
def fresh_pass() -> Response:
    """What the page registers with for the next minutes, as JSON."""
    mine = _extension(language.site())
    if mine is None:
        abort(404)
    try:
        with Link(_home().link("edge"), "web", timeout_s=TIMEOUT_S) as link:
            found = link.call(EdgeApi.browser_pass, number=mine.number)
    except (LinkDown, Refused):
        return Response(status=503, headers={"Retry-After": "2"})
    return jsonify(user=found.user, password=found.password, expires_at=found.expires_at)


@pages.get("/softphone/calls")
@needs(Permission.USE_SOFTPHONE)
def calls() -> Response:
    """One's own calls at whatever telephone, as JSON: what can be taken over."""
    number = access.person().extension
    if not number:
        abort(404)
    picture = current_app.extensions["markaz-board"].peek()
    return jsonify(calls=[_shown(one) for one in own.calls(picture, number)])


def is_there() -> bool:
    """Whether whoever asks has a telephone in the browser: the other pages show it then."""
    return (
        access.may(Permission.USE_SOFTPHONE)
        and access.person().extension in language.office().extensions
    )


def _shown(call: own.OwnCall) -> dict[str, Any]:
    return {"leg": call.leg, "number": call.number, "name": call.name}


def _extension(site: Site) -> Extension | None:
    """The SIP account of whoever asks."""
    number = access.person().extension
    found = (one for one in site.extension if one.number == number and one.password is not None)
    return next(found, None) if number else None


def _server(network: Network) -> str:
    """Where Kamailio hears browsers, by the name that the console was called by: whoever has
    agreed to the box's certificate there has agreed to it here. A console that is on another
    address than SIP is called by SIP's."""
    host = request.host.partition(":")[0]
    is_name = _NAME.fullmatch(host) is not None
    if not is_name or network.console_address not in (network.sip_address, IPv4Address(0)):
        host = str(network.sip_address)
    return f"wss://{host}:{network.sip_tls_port}"


def _home() -> Home:
    found: Home = current_app.extensions["markaz-home"]
    return found

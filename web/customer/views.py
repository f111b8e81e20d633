"""What the customer system says of a number, for the pages that show a caller."""

from __future__ import annotations

import re
from dataclasses import asdict

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from web.customer.asks import Customer, Customers
from web.system.permission import Permission, needs

pages = Blueprint("customer", __name__)

_NUMBER = re.compile(r"^[+0-9*#]{2,40}$", flags=re.ASCII)


@pages.get("/customer.json")
@needs(Permission.ORDER_CALLS)
def known() -> Response:
    """Who a number is there: name, organisation, note and page, empty where it does not say; and
    why it did not answer."""
    found = of(_number())
    return jsonify(asdict(found) if found else {})


@pages.get("/customer")
@needs(Permission.ORDER_CALLS)
def page() -> AnyResponse:
    """Lead to the customer's own page."""
    found = of(_number())
    if found is None or not found.page:
        abort(404)
    return redirect(found.page)


def of(number: str) -> Customer | None:
    """Who a number is; None: there is no customer system, or it does not know them."""
    asked: Customers = current_app.extensions["markaz-customers"]
    return asked.of(number)


def _number() -> str:
    number = request.args.get("number", "")
    if not _NUMBER.match(number):
        abort(400)
    return number

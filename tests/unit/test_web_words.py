"""No text of the console stands outside its catalogues: templates, scripts and views are read as
what they are, not as they happen to be rendered."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import web
from tests.unit.web_spoken import LETTER, spoken

WEB = Path(web.__file__).parent
TEMPLATES = sorted(WEB.rglob("*.html"))
SCRIPTS = sorted(path for path in WEB.rglob("*.js") if "vendor" not in path.parts)
MODULES = sorted(WEB.rglob("*.py"))

MARKING = {"_", "gettext", "ngettext", "pgettext", "npgettext", "lazy_gettext", "lazy_ngettext"}
WORDS = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}|^[A-Z][a-z]{2,}$|[\u0600-\u06ff]")
"""Two words, one that begins like a sentence, or any letter of Persian and Arabic."""


NO_TEXT = re.compile(r'\b[a-z-]+="[^"<>]*"|\bhttps?://')
"""Attributes that a macro writes into a tag of its caller, and schemes of addresses."""


def relative(path):
    return str(path.relative_to(WEB))


# -- templates --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment():
    return Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)


def _unmarked(node):
    """The string constants below a node that are not arguments of a marking function."""
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in MARKING:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _unmarked(child)


def outside(environment, source):
    """The texts a template says by itself: between its tags, and in its expressions."""
    tree = environment.parse(source)
    written = " ".join(data.data for data in tree.find_all(nodes.TemplateData))
    texts = [NO_TEXT.sub("", text).strip() for text in spoken(written)]
    said = [text for text in texts if LETTER.search(text)]
    return said + [text for text in _unmarked(tree) if WORDS.search(text)]


@pytest.mark.parametrize("template", TEMPLATES, ids=relative)
def test_templates_say_nothing_by_themselves(environment, template):
    assert outside(environment, template.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Stray</p>",
        "<p>{{ 'Two words' }}</p>",
        '<a title="Stray">{{ _("Said") }}</a>',
        "{% set word = 'Stray' %}",
        "{{ x | default('سلام') }}",
    ],
)
def test_the_reader_of_templates_finds_a_stray_word(environment, source):
    assert outside(environment, source)


@pytest.mark.parametrize(
    "source",
    ["<p>{{ _('Said well') }}</p>", "{% if a == 'b' %}<i class='stray word'></i>{% endif %}"],
)
def test_the_reader_of_templates_leaves_the_rest(environment, source):
    assert outside(environment, source) == []


# -- scripts ----------------------------------------------------------------------------------

_TOKENS = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""",
    re.DOTALL,
)


def strings(source):
    """The texts in quotes of a script, without the expressions inside."""
    found = [token["text"] for token in _TOKENS.finditer(source) if token["text"]]
    return [re.sub(r"\$\{[^}]*\}", "", text[1:-1]) for text in found]


SELECTOR = re.compile(r"[#.\[]|^[a-z]+(?: [a-z]+)*$|:[a-z]")
TECHNICAL = re.compile(
    r"[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+|GET|POST|Arrow\w+|Enter|Escape|Space|Tab"
)


def is_human(text):
    """Whether a string of a script is words for a reader."""
    return bool(WORDS.search(text)) and not SELECTOR.search(text) and not TECHNICAL.fullmatch(text)


@pytest.mark.parametrize("script", SCRIPTS, ids=relative)
def test_scripts_say_nothing_by_themselves(script):
    assert [text for text in strings(script.read_text()) if is_human(text)] == []


@pytest.mark.parametrize("text", ['"Saved well"', "`Waiting for ${n}`", "'Stray'", '"سلام"'])
def test_the_reader_of_scripts_finds_a_stray_word(text):
    assert [found for found in strings(f"a = {text};") if is_human(found)]


# -- views ------------------------------------------------------------------------------------

SHOWING = {"Response", "Markup", "make_response", "render_template", "flash", "abort", "jsonify"}
ANSWERS = re.compile(r"^ok\n$")


def _name(call):
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _texts(node):
    """The string constants below a node that are not said through the catalogues."""
    if isinstance(node, ast.Call) and _name(node) in MARKING:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def shown(source):
    """Words a module hands to a page by itself."""
    tree = ast.parse(source)
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) in SHOWING
    ]
    pieces = [
        text for call in calls for part in (*call.args, *call.keywords) for text in _texts(part)
    ]
    fragments = [
        "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    ]
    markup = [text for text in fragments if re.search(r"<\w+|</", text)]
    said = [re.sub(r"<[^>]*>?", " ", text) for text in markup] + [
        text for text in pieces if not re.search(r"</?\w", text)
    ]
    return [text for text in said if WORDS.search(text) and not ANSWERS.match(text)]


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_views_hand_no_words_of_their_own_to_a_page(module):
    assert shown(module.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        'render_template("a.html", problem="It broke down")',
        'Response("Not found here")',
        'f"<p>Hello {name} there is</p>"',
        'flash(f"{n} calls ended well")',
    ],
)
def test_the_reader_of_views_finds_a_stray_word(source):
    assert shown(source)


def test_the_reader_of_views_leaves_what_the_catalogues_hold():
    assert shown('render_template("a.html", problem=gettext("It broke down"))') == []

"""The sections voicemail and mail: what they say, and every fault in one report."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from firmware.config.reading import MASK

OFFICE = """
extension:
  - {number: 101, name: Sara, password: correct horse}
  - {number: 102, name: Omar, password: battery staple}
line:
  - {name: fxo-1, kind: trunk, route: "voicemail:102"}
"""


def problems(text):
    with pytest.raises(ConfigRejected) as rejected:
        document.parse(OFFICE + text)
    return {problem.path: problem for problem in rejected.value.problems}


def test_a_box_for_everybody_and_the_ones_that_differ():
    site = document.parse(
        OFFICE
        + """
voicemail:
  for_everyone: true
  max_messages: 50
  box:
    - {extension: 101, enabled: false}
    - {extension: 102, max_messages: 7, language: fa}
"""
    )
    assert site.voicemail.settings_of("101") is None
    assert site.voicemail.settings_of("102").language == "fa"
    assert site.voicemail.most_in("102") == 7
    assert site.voicemail.settings_of("103").extension == "103"
    assert site.voicemail.most_in("103") == 50
    assert document.parse(document.dump(site, secrets=True)) == site


def test_without_the_section_only_a_named_extension_has_a_box():
    found = problems("")
    assert found["line[0].route"].reason == 'there is no voicemail "102"'
    site = document.parse(OFFICE + "voicemail:\n  box:\n    - {extension: 102}\n")
    assert site.voicemail.settings_of("101") is None
    assert site.voicemail.settings_of("102") is not None


def test_every_fault_of_boxes_is_in_one_report():
    found = problems(
        """
voicemail:
  for_everyone: true
  max_length_s: 5
  pin_digits: 3
  box:
    - {extension: 101, email: "no address", sms_number: "0912"}
    - {extension: 101, email: sara@example.com}
    - {extension: 999, delete_after_mail: true}
    - {extension: 102, email: "omar@example.com", delete_after_mail: true, attach: false}
"""
    )
    box = "voicemail.box"
    assert set(found) == {
        "voicemail.max_length_s",
        "voicemail.pin_digits",
        f"{box}[0].email",
        f"{box}[0].sms_number",
        f"{box}[1].extension",
        f"{box}[1].email",
        f"{box}[2].extension",
        f"{box}[2].delete_after_mail",
        f"{box}[3].email",
        f"{box}[3].attach",
    }
    assert "a mail address" in found[f"{box}[0].email"].reason
    assert "no line is of the kind mobile" in found[f"{box}[0].sms_number"].reason
    assert f"{box}[0].extension has it already" in found[f"{box}[1].extension"].reason
    assert "no mail server" in found[f"{box}[1].email"].reason


@pytest.mark.parametrize(
    ("mail", "path", "reason"),
    [
        ("{server: mail.example.com}", "mail.sender", "every letter has a sender"),
        ("{server: m, sender: a@b.c, user: x}", "mail.password", "user and password go together"),
        ("{server: m, sender: a@b.c, password: x}", "mail.user", "user and password go together"),
        (
            "{server: m, sender: a@b.c, user: x, password: hunter2, security: none}",
            "mail.security",
            "readable by everybody",
        ),
        ("{server: m, sender: a@b.c, user: x, password: '********'}", "mail.password", "mask"),
        ("{server: m, sender: 'a@b.c\\r\\nBcc: x'}", "mail.sender", "a mail address"),
        ("{server: m, sender: a@b.c, port: 99999}", "mail.port", "less than or equal"),
    ],
)
def test_every_fault_of_the_mail_server(mail, path, reason):
    found = problems(f"voicemail: {{for_everyone: true}}\nmail: {mail.replace('********', MASK)}\n")
    assert reason in found[path].reason
    assert all("hunter2" not in str(problem) for problem in found.values())


def test_the_password_is_masked_where_it_is_shown():
    mail = "{server: m, sender: a@b.c, user: x, password: hunter2}"
    text = f"voicemail: {{for_everyone: true}}\nmail: {mail}\n"
    site = document.parse(OFFICE + text)
    assert "hunter2" not in document.dump(site, secrets=False)
    assert "hunter2" not in repr(site)
    assert "password: hunter2" in document.dump(site, secrets=True)

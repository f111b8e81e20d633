"""Contacts come from files whole or not at all, and every mistake has its line."""

from __future__ import annotations

import time

import pytest

from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.phonebook import csv_file, vcard_file
from firmware.phonebook.problem import BadFile

MOBILE, WORK = NumberKind.MOBILE, NumberKind.WORK

CONTACTS = (
    Contact(
        name="مریم احمدی",
        organisation="Behsaz; Co, Ltd",
        numbers=(
            ContactNumber(number="+98 912 111 1111", kind=MOBILE),
            ContactNumber(number="021-88776655", kind=WORK),
            ContactNumber(number="021-88776656", kind=WORK),
            ContactNumber(number="101"),
        ),
        language="fa",
        is_vip=True,
        note='said "hello", twice; =1+1',
    ),
    Contact(
        organisation="أحمد وشركاه",
        name="",
        numbers=(ContactNumber(number="0411", kind=NumberKind.FAX),),
    ),
)


def problems_of(reader, content, *more):
    with pytest.raises(BadFile) as raised:
        reader(content.encode() if isinstance(content, str) else content, *more)
    return [str(problem) for problem in raised.value.problems]


# -- CSV ------------------------------------------------------------------------------------


def test_csv_comes_back_as_it_went():
    assert csv_file.read(csv_file.write(CONTACTS)).contacts == CONTACTS


def test_a_spreadsheet_has_nothing_to_work_out():
    bad = Contact(name='=HYPERLINK("http://x","y")', numbers=(ContactNumber(number="+98912"),))
    content = csv_file.write([bad])
    assert content.startswith(b"\xef\xbb\xbf")  # by which a spreadsheet knows UTF-8
    text = content.decode("utf-8-sig")
    assert "\"'=HYPERLINK" in text
    assert ",'+98912," in text
    assert csv_file.read(content).contacts[0].name == bad.name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_spreadsheets_write_csv_in_many_ways(encoding, delimiter, ending):
    text = ending.join(["Name,Mobile", "سارا,۰۹۱۲۱۱۱۱۱۱۱", "", "Ali,0912", ""])
    read = csv_file.read(text.replace(",", delimiter).encode(encoding))
    assert [(c.name, c.numbers[0].number) for c in read.contacts] == [
        ("سارا", "09121111111"),
        ("Ali", "0912"),
    ]


def test_another_encoding_has_to_be_named():
    content = "name,mobile\nAli,0912\nسارا,0912\n".encode("cp1256")
    (problem,) = problems_of(csv_file.read, content)
    assert problem.startswith("line 3: 0xD3 is not utf-8; save the file as UTF-8")
    assert csv_file.read(content, "cp1256").contacts[1].name == "سارا"
    with pytest.raises(LookupError):
        csv_file.read(content, "cp9999")


def test_the_columns_of_google_and_outlook_are_known():
    google = (
        "First Name,Last Name,Organization Name,Labels,Phone 1 - Label,Phone 1 - Value,"
        "Phone 2 - Label,Phone 2 - Value\n"
        "Maryam,Ahmadi,Behsaz,* myContacts,Mobile,0912 ::: 0913,Work Fax,021\n"
    )
    read = csv_file.read(google.encode())
    assert read.ignored == ("Labels",)
    assert read.contacts == (
        Contact(
            name="Maryam Ahmadi",
            organisation="Behsaz",
            numbers=(
                ContactNumber(number="0912", kind=MOBILE),
                ContactNumber(number="0913", kind=MOBILE),
                ContactNumber(number="021", kind=NumberKind.FAX),
            ),
        ),
    )
    outlook = (
        '"First Name","Last Name","Company","Business Phone","Mobile Phone"\n"A","B","C","1","2"\n'
    )
    (contact,) = csv_file.read(outlook.encode()).contacts
    assert [(n.number, n.kind) for n in contact.numbers] == [("1", WORK), ("2", MOBILE)]


def test_every_mistake_of_a_table_is_told_with_its_line():
    text = (
        "name,mobile,vip,language\n"
        "Ali,0912,,\n"
        ",0913,,\n"
        '"two\nlines",0914,,\n'
        "Sara,,,\n"
        "Omar,99abc,,\n"
        "Zahra,0915,perhaps,\n"
        "Reza,0916,,de\n"
        "Mina,0917,,,,\n"
    )
    assert problems_of(csv_file.read, text) == [
        "line 3: has neither a name nor an organisation",
        "line 4: name has the control character U+000A in it",
        "line 6: 'Sara' has no number",
        "line 7: '99abc' has 'a' in it, which cannot be dialled",
        "line 8: vip is yes or no, not 'perhaps'",
        "line 9: language 'de' is none of en, fa and ar",
        "line 10: 6 cells under 4 columns",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: the file is empty"),
        ("\n\n", "line 1: the file is empty"),
        ("Ali,0912\n", "line 1: no column 'name' (the first line names the columns)"),
        ("name,email\nAli,a@b\n", "line 1: no column for a number"),
        ("name,mobile,name\nA,1,B\n", "line 1: two columns are 'name'"),
        ('name,mobile\n"Ali,0912\n', "line 2: the quotes are wrong"),
        ('name,mobile\n"Ali"x,0912\n', "line 2: the quotes are wrong"),
        ("name,mobile\nAli,9.12E+10\n", "line 2: '9.12E+10' was turned into a calculation"),
        ("name,mobile\nA\x00li,0912\n", "line 2: name has the control character U+0000"),
        (f"name,mobile\n{'x' * 300},0912\n", "line 2: name 'xxxxxxxxxxxxxxxxxxxx…' is longer"),
        (f"name,mobile\n{'x' * 200_000},0912\n", "line 2: the quotes are wrong (field larger"),
        (f"name,mobile\nA,{';'.join(['1'] * 21)}\n", "line 2: 'A' has more than 20 numbers"),
    ],
)
def test_a_table_that_is_none_says_why(text, problem):
    assert problems_of(csv_file.read, text)[0].startswith(problem)


def test_a_hundred_thousand_lines_are_read_in_seconds():
    text = "name,mobile\n" + "".join(f"Caller {n},0912{n:07d}\n" for n in range(100_000))
    began = time.perf_counter()
    assert len(csv_file.read(text.encode()).contacts) == 100_000
    assert time.perf_counter() - began < 30


def test_of_a_thousand_mistakes_the_first_are_told():
    text = "name,mobile\n" + "Ali,x\n" * 1000
    with pytest.raises(BadFile) as raised:
        csv_file.read(text.encode())
    assert len(str(raised.value).splitlines()) == 21
    assert str(raised.value).endswith("and 980 more")


# -- vCard ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_vcards_come_back_as_they_went(version):
    content = vcard_file.write(CONTACTS, version)
    assert f"VERSION:{version}\r\n".encode() in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    read = vcard_file.read(content)
    language = "fa" if version == "4.0" else ""  # 3.0 has no word for it
    assert [c.language for c in read] == [language, ""]
    assert [
        (c.name or c.organisation, c.organisation, c.numbers, c.is_vip, c.note) for c in read
    ] == [(c.name or c.organisation, c.organisation, c.numbers, c.is_vip, c.note) for c in CONTACTS]


def test_no_other_version_is_written():
    with pytest.raises(ValueError, match=r"vCard 2.1 is not written"):
        vcard_file.write(CONTACTS, "2.1")


IPHONE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.0//EN
N:احمدی;مریم;;;
FN:مریم احمدی
ORG:به‌ساز\\, تهران;Sales
item1.TEL;type=CELL;type=VOICE;type=pref:+98 912
  111 1111
item1.X-ABLabel:_$!<Mobile>!$_
TEL;type=WORK;type=FAX:021-88776655
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQ
 UGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/wAAL
NOTE:one\\ntwo
END:VCARD
"""

NOKIA = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D8=A7=D8=AD=D9=85=D8=AF;=D8=B3=
=D8=A7=D8=B1=D8=A7
TEL;CELL:09121111111
TEL;HOME;VOICE:02144556677
END:VCARD
"""

VERSION_4 = """BEGIN:VCARD
VERSION:4.0
FN:Omar Nasser
LANG;PREF=1:ar-EG
CATEGORIES:friends,vip
TEL;VALUE=uri;PREF=1;TYPE="voice,cell":tel:+20-100-123-4567;ext=5
END:VCARD
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_vcards_of_telephones_are_read(ending):
    text = (IPHONE + "\n" + NOKIA + VERSION_4).replace("\n", ending)
    assert vcard_file.read(text.encode()) == (
        Contact(
            name="مریم احمدی",
            organisation="به‌ساز, تهران",
            numbers=(
                ContactNumber(number="+98 912 111 1111", kind=MOBILE),
                ContactNumber(number="021-88776655", kind=NumberKind.FAX),
            ),
            note="one two",
        ),
        Contact(
            name="سارا احمد",
            numbers=(
                ContactNumber(number="09121111111", kind=MOBILE),
                ContactNumber(number="02144556677", kind=NumberKind.HOME),
            ),
        ),
        Contact(
            name="Omar Nasser",
            language="ar",
            is_vip=True,
            numbers=(ContactNumber(number="+20-100-123-4567", kind=MOBILE),),
        ),
    )


def test_every_card_that_is_none_is_told_with_its_line():
    good = "BEGIN:VCARD\nVERSION:3.0\nFN:Ali\nTEL:0912\nEND:VCARD\n"
    text = (
        good
        + good.replace("TEL:0912\n", "")  # line 6
        + good.replace("FN:Ali", "FN Ali")  # begins in line 10
        + good.replace("0912", "call me")  # line 15
        + good.replace("FN:Ali\n", "")  # line 20
    )
    assert problems_of(vcard_file.read, text) == [
        "line 6: 'Ali' has no number",
        "line 12: no vCard: Failed to parse line: FN Ali",
        "line 15: 'call me' has 'a' in it, which cannot be dialled",
        "line 20: has neither a name nor an organisation",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: there is no vCard in the file"),
        ("name,mobile\nAli,0912\n", "line 1: this is not in a vCard"),
        ("BEGIN:VCARD\nVERSION:3.0\nFN:A\nTEL:1\n", "line 1: this vCard has no END:VCARD"),
        (
            "BEGIN:VCARD\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n",
            "line 3: no vCard: Component VCARD was never closed",
        ),
        ("BEGIN:VCARD\nVERSION:3.0\nFN:A\x07\nTEL:1\nEND:VCARD\n", "line 1: name has the control"),
        ("BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE:=ZZ=\nEND:VCARD\n", "line "),
        ("BEGIN:VCARD\n" + "NOTE:x\n " * 5000 + "\nEND:VCARD\n", "line 1: "),
    ],
)
def test_a_file_that_has_no_vcard_says_so(text, problem):
    assert problems_of(vcard_file.read, text)[0].startswith(problem)


def test_vcards_in_another_encoding():
    content = IPHONE.encode("cp1256", "replace")
    assert problems_of(vcard_file.read, content)[0].startswith("line 4: 0x")
    assert vcard_file.read(content, "cp1256")[0].name == "مریم احمدی".encode(
        "cp1256", "replace"
    ).decode("cp1256")

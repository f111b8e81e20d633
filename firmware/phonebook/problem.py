"""What is wrong with a file of contacts: all of it at once, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """One mistake. ``line`` counts from 1."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class BadFile(ValueError):
    """A file of contacts that cannot be taken; nothing of it was."""

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in problems[:SHOWN]]
        if len(problems) > SHOWN:
            lines.append(f"and {len(problems) - SHOWN} more")
        super().__init__("\n".join(lines))


def text_of(content: bytes, encoding: str = "") -> str:
    """The text of a file: UTF-8 (UTF-16 by its mark), unless ``encoding`` names another.

    Raises:
        BadFile: it is not written in it.
        LookupError: no such encoding.
    """
    name = encoding or _by_mark(content)
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02X}" if error.start < len(content) else "the end"
        raise BadFile(
            [
                FileProblem(
                    line=line,
                    reason=f"{byte} is not {name.removesuffix('-sig')}; save the file as UTF-8 "
                    "('CSV UTF-8'), or name its encoding (cp1256 is Windows Persian and Arabic)",
                )
            ]
        ) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _by_mark(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig"

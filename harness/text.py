"""Text from anywhere, as what takes it can take it: JSON, terminals, HTML, CSV, Markdown, workflow commands.

Names of files are bytes, and what of them is no text Python keeps as lone surrogates, which neither JSON nor a terminal
takes. Every other escape of ours is here as well, and nowhere else."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any

READABLE = "harness.readable"
"""The name of an error handler for streams: what they cannot show is written as `readable` does."""


def readable(text: str) -> str:
    """A text as JSON and terminals take it: a byte that is no UTF-8 is written \\xNN."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors=READABLE).decode()
    return text


def printable(text: str, keep: str = "") -> str:
    """A text in which what moves a terminal's cursor, changes its colours or turns its letters round is written as an
    escape, but for the characters to `keep`."""
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in readable(text))


UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""What XML 1.0 does not take, controls that HTML would take for others, and what turns letters round."""
FORMULA = re.compile(r"[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a cell begins that a spreadsheet takes for a formula, in wide letters too (OWASP, CSV injection)."""
SECRETS = (
    "token", "secret", "password", "passwd", "passphrase", "pwd", "apikey", "api_key", "api-key", "accesskey",
    "access_key", "access-key", "credential", "credentials",
)  # fmt: skip
NAMED = rf"[\w.-]*(?:{'|'.join(SECRETS)})(?:[\d_.-][\w.-]*)?"
"""How what holds a secret is called: `api_key`, and not `max_tokens` or `tokenizer`."""
KEYED = r"(?:[\w.-]*[_.-])?(?:key|sig|signature|auth)"
"""The same in what a URL asks for, but for numbers: data have keys as well."""
STRING = re.compile(r'"(?:[^"\\]|\\.)+"')
Hidden = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
ANYWHERE: list[Hidden] = [
    (re.compile(r"""(://[^/?#@:\s"\\]*):[^/?#\s"\\]*@"""), r"\1:***@"),  # the password of a URL
    (re.compile(r"""://[^/?#@:\s"\\]{20,}(?::\*\*\*)?@"""), "://***@"),  # a token: longer than the name of a user
    (
        re.compile(rf"""([?&](?:{NAMED}=|{KEYED}=(?!\d+(?:[&#\s"'\\]|$))))[^&#\s"\\]+""", re.IGNORECASE),
        r"\1***",
    ),
    (re.compile(r"(sshpass\s+-p\s*)[^\s\"\\]+"), r"\1***"),
]
CALLED: list[Hidden] = [
    (re.compile(rf"""((?:^|"){NAMED}=)(?:[^"\\]|\\.)+""", re.IGNORECASE), r"\1***"),  # -P token=x
    (
        re.compile(rf"""("{NAMED}"\s*:\s*)(\[[^\[\]]*\]|{STRING.pattern})""", re.IGNORECASE),
        lambda found: found[1] + STRING.sub('"***"', found[2]),
    ),
    (re.compile(rf"""((?:^|[\s"])--?{NAMED}[ =])(?:'[^']*'|[^\s"\\]+)""", re.IGNORECASE), r"\1***"),  # --token x
]
"""Of texts that have one of the words in them: to look for them takes as long as all the rest."""
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
QUOTED = MARKUP | str.maketrans({'"': "&quot;", "'": "&#x27;"})
SPECIAL = re.compile(r"([\\`*\[\]<>|])")
MENTION = re.compile(r"(?<!\w)@(?=\w)")
COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)", re.MULTILINE)
"""How a line begins, or what it holds, that a job of GitHub's obeys: `::error::`, `##[error]`."""


def marked_up(text: str, quote: bool = False) -> str:
    """A text as HTML and XML take it; with its quotes as well where it is an attribute."""
    return UNPRINTABLE.sub("\ufffd", readable(text)).translate(QUOTED if quote else MARKUP)


def csv_cell(value: Any) -> Any:
    """A value as a cell of CSV: a text that a spreadsheet would calculate begins with an apostrophe; numbers stay."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if FORMULA.match(value) else text


def as_markdown(text: str) -> str:
    """A text as it is, on one line of Markdown: nothing in it is a link, a mention, markup or the end of a cell."""
    return MENTION.sub("@\u200b", SPECIAL.sub(r"\\\1", printable(text)))


def code(text: str) -> str:
    """A text as what stands between two backticks of Markdown."""
    return printable(text).replace("`", "'")


def fenced(text: str) -> str:
    """Some lines as what stands between two fences of Markdown."""
    return printable(text, keep="\n\t").replace("`" * 3, "'" * 3)


def uncommanded(text: str) -> str:
    """Lines that no job of GitHub's takes for a command: those that would be have a blank in it."""
    return COMMAND.sub(lambda found: f"{found[0]} ", text)


def of_command(text: str, is_property: bool = False) -> str:
    """A text as the message of a workflow command, or as one of its properties."""
    said = printable(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return said.replace(":", "%3A").replace(",", "%2C") if is_property else said


def without_password(text: str) -> str:
    """A text without the passwords of URLs, and what queries, options and JSON say of tokens, secrets and keys."""
    lower = text.lower()
    for pattern, hidden in [*ANYWHERE, *(CALLED if any(word in lower for word in SECRETS) else ())]:
        text = pattern.sub(hidden, text)
    return text


def cleaned(value: Any) -> Any:
    """All the text in what JSON can hold, as `readable` has it."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {cleaned(name): cleaned(one) for name, one in value.items()}
    return [cleaned(one) for one in value] if isinstance(value, list | tuple) else value


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_escape, error.object[error.start : error.end])), error.end


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no text (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


codecs.register_error(READABLE, _escaped)

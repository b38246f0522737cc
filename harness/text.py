"""Text from anywhere, as what takes it can take it: JSON, terminals, HTML, CSV, Markdown, workflow commands.

Names of files are bytes, and what of them is no text Python keeps as lone surrogates, which neither JSON nor a terminal
takes. Every other escape of ours is here as well, and nowhere else."""

from __future__ import annotations

import codecs
import re
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
HIDDEN = "***"
"""What there is in place of a secret."""
SECRETS = (
    "token", "secret", "password", "passwd", "passphrase", "pwd", "apikey", "api_key", "api-key", "accesskey",
    "access_key", "access-key", "credential", "credentials",
)  # fmt: skip
HINTS = ("token", "secret", "pass", "pwd", "credential", "key", "://", "?", "&")
"""A text without any of these has nothing to hide: few, since each is looked for in each line of a record."""
NAMED = rf"(?=[\w.-]*?(?:{'|'.join(SECRETS)})(?![^\W\d_]))[\w.-]++"
"""How what holds a secret is called: `api_key`, and not `max_tokens` or `tokenizer`. Patterns look for it only where a
name begins, so that none is gone through twice."""
CALLED = re.compile(NAMED, re.IGNORECASE)
KEYED = r"(?:[\w.-]*[_.-])?(?:key|sig|signature|auth)"
"""The same in what a URL asks for, but for numbers: data have keys as well."""
PLAIN = r"(?:[-+]?\d[\d._]*+(?:e[-+]?\d+)?|true|false|yes|no)"
OPEN = re.compile(rf"(?:{PLAIN}(?:(?:,|\.\.){PLAIN})*+)?", re.IGNORECASE)
"""Values that are no secrets, whatever they are called: numbers and switches, several of them, nothing."""
SWITCH = re.compile("true|false|yes|no|", re.IGNORECASE)
"""The same of what is called `password` or `api_key`, and not `token_size`: a number may be one."""
IN_QUOTES = r"""'[^'\n]*'(?:(?:"'"|\\')'[^'\n]*')*+|"(?:[^"\\\n]|\\.)*+\""""
WITHIN = "|".join(rf"\\{mark}(?:[^{mark}\\\n]|\\[^{mark}\n])*+\\{mark}" for mark in "\"'")
"""The same within the quotes of a source."""
WORD = rf"""(?!\\?["'](?:[\s,)\]}}+]|$))(?:{IN_QUOTES}|{WITHIN}|\\?["']?(?:[^\s"'\\]|\\[^\w\n"'])++)"""
"""A word of a command. A quote that ends a text in a source begins none; one that has no other is a letter."""
HIDING = [
    (re.compile(pattern, re.IGNORECASE), rf"\1{hidden}")
    for pattern, hidden in (
        (r"""(://[^/?#@:\s"\\]*):[^/?#\s"\\]*@""", f":{HIDDEN}@"),  # the password of a URL
        (r"""(://)[^/?#@:\s"\\]{20,}(?::\*\*\*)?@""", f"{HIDDEN}@"),  # a token: longer than the name of a user
        (rf"""([?&](?:{NAMED}=|{KEYED}=(?!\d+(?:[&#\s"'\\]|$))))[^&#\s"'\\]+""", HIDDEN),
        (rf"((?-i:sshpass(?:\s+-(?:P\s+{WORD}|[^p\s]\S*+)){{0,9}}+\s+-p\s*)){WORD}", HIDDEN),
        (rf"""((?:^|[\s"'])SSHPASS=){WORD}""", HIDDEN),
        (rf"""((?:^|[\s"'])--?{NAMED}[ =]){WORD}""", HIDDEN),  # --token x
    )
]
SEALED = re.compile(r'\{"kind":".*,"crc32":"[0-9a-f]{8}"\}', re.DOTALL)
"""A line of a record: what was to hide is hidden, and the checksum is of that."""
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


def may_have_secret(text: str) -> bool:
    """Whether there may be something to hide in a text, as it is or as JSON."""
    lower = text.lower()
    return any(word in lower for word in HINTS)


def without_password(text: str) -> str:
    """A text without the passwords of URLs, and what their queries and the options of commands say of tokens, secrets
    and keys. It takes as long as the text is."""
    if may_have_secret(text):
        for pattern, hidden in HIDING:
            text = pattern.sub(hidden, text)
    return text


def without_secrets(value: Any, name: str = "") -> Any:
    """What JSON can hold, and is called so, with all its texts as `without_password` has them; those that are called
    secrets, by their names or as options are typed, are hidden. Numbers stay."""
    if isinstance(value, dict):
        return {without_secrets(key): without_secrets(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(one, name) for one in value]
    if not isinstance(value, str) or SEALED.fullmatch(value):
        return value
    if _is_secret(name, value):
        return HIDDEN
    return option_without_secret(value) if name == "options" else without_password(value)


def option_without_secret(text: str) -> str:
    """An option as it is typed, `key=value`, as `without_secrets` has it."""
    name, _, value = text.partition("=")
    return f"{name}={HIDDEN}" if _is_secret(name, value) else without_password(text)


def _is_secret(name: str, value: str) -> bool:
    if not CALLED.fullmatch(name):
        return False
    return not (SWITCH if name.lower().endswith(SECRETS) else OPEN).fullmatch(value)


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

"""What of a mail is somebody's own, new words; and whether anybody wrote them at all."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f]")
# "On Mon, 23 Nov 2026 at 10:00, PawGle wrote:", in the languages that mail programs write most, on one to three lines.
_ANNOUNCES = re.compile(r"^(On|Am|Le|El|Il|Op|Den|Em|Dnia|W dniu)\b.*\d", re.IGNORECASE)
_WROTE = re.compile(r"\b(wrote|schrieb|écrit|escribió|ha scritto|schreef|skrev|napisał)\b", re.IGNORECASE)
# What stands above a quotation that is not marked by ">".
_SEPARATES = re.compile(
    r"^\s*(-{2,}\s*(Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Forwarded message)\b.*"
    r"|_{20,}\s*|(From|Von|De|Da):\s.+@.+)$",
    re.IGNORECASE,
)
# RFC 3676, section 4.3; many programs lose the blank.
_SIGNATURE = re.compile(r"^-- ?$")
_SENT_FROM = re.compile(r"^\s*(Sent from my |Sent from |Get Outlook for |Gesendet von |Von meinem |Envoyé de )", re.I)
ANNOUNCEMENT_LINES = 3

# Senders of bounces and lists; RFC 5321, section 4.5.5, has bounces come from no address at all.
_MACHINES = re.compile(r"<?\b(mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply)([+-][^@]*)?@", re.IGNORECASE)
_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(auto(matic(ally)?)?[ -]?(reply|response|antwort)|out of (the )?office|abwesenheits|automatische antwort"
    r"|réponse automatique|respuesta automática|undeliver(ed|able)|delivery (status notification|has failed|failure)"
    r"|mail delivery (failed|subsystem)|returned mail|failure notice)",
    re.IGNORECASE,
)


def is_automatic(*, sender: str, subject: str, headers: Mapping[str, str]) -> bool:
    """Whether a program wrote it: a bounce, an out-of-office note, a mailing list. Nobody shall be told of those, and
    an answer to one would go round for ever.

    Headers count where the receiving server hands them over (RFC 3834, section 5; RFC 2076 for Precedence).
    """
    known = {name.lower(): value.strip().lower() for name, value in headers.items()}
    if known.get("auto-submitted", "no") != "no" or "x-auto-response-suppress" in known or "x-autoreply" in known:
        return True
    if known.get("precedence") in ("bulk", "junk", "list", "auto_reply") or known.get("return-path") == "<>":
        return True
    return bool(_MACHINES.search(sender) or _AUTOMATIC_SUBJECT.search(subject))


def own_words(text: str) -> str:
    """The new part of an answer: without the quotation, the line that announces it, and the signature."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(">"):
            _drop_announcement(lines)
            break
        if _SIGNATURE.match(line) or _SEPARATES.match(line):
            break
        lines.append(_CONTROL.sub("", line))
    else:
        _drop_announcement(lines, marked=False)
    while lines and (not lines[-1].strip() or _SENT_FROM.match(lines[-1])):
        lines.pop()
    return "\n".join(lines).strip()


def _drop_announcement(lines: list[str], *, marked: bool = True) -> None:
    """Without a marked quotation below it, only what plainly is one goes: somebody may end a sentence with a colon."""
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines or not lines[-1].rstrip().endswith(":"):
        return
    for start in range(max(0, len(lines) - ANNOUNCEMENT_LINES), len(lines)):
        if _ANNOUNCES.match(lines[start]) and (marked or _WROTE.search(" ".join(lines[start:]))):
            del lines[start:]
            return
    if marked:
        lines.pop()


_VERDICT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENTS = re.compile(r"\([^()]*\)")


def is_forged(headers: Mapping[str, str]) -> bool:
    """Whether a server that checked where the mail came from says that its sender is not who it names.

    Reads Authentication-Results (RFC 8601), else Received-SPF (RFC 7208, section 9.1), where they are handed over:
    DMARC's word decides; without it, a failure that no pass makes up for, since a forwarded mail loses SPF and keeps
    DKIM. Each such header is judged by itself, so that one which the sender has written does not outweigh the server's.
    Headers without a verdict say nothing, and the mail is taken as before.
    """
    known = {name.lower(): value for name, value in headers.items()}
    results = known.get("authentication-results")
    if results is None:
        return known.get("received-spf", "").strip().lower().startswith("fail")
    return any(_fails(line) for line in results.split("\n"))


def _fails(results: str) -> bool:
    verdicts = [(method.lower(), said.lower()) for method, said in _VERDICT.findall(_COMMENTS.sub(" ", results))]
    dmarc = [said for method, said in verdicts if method == "dmarc"]
    if any(said in ("pass", "fail") for said in dmarc):
        return "fail" in dmarc
    rest = [said for method, said in verdicts if method != "dmarc"]
    return "fail" in rest and "pass" not in rest

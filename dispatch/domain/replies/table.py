"""Which reply means what: the one table, asked before the reply code's class.

A row matches if all that it names matches: the command that was answered, the code, an enhanced
status (RFC 3463) and the words. The first row that matches counts, so what is about one mailbox
stands before what is about us. A reply that a relay quotes counts before the relay's own. Statuses
and words are those of the large providers and the common servers (Microsoft 365, Google, Amazon,
Mimecast, Proofpoint, Barracuda, Cisco, Postfix, Exim).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from dispatch.domain.replies import meanings, tokens
from dispatch.domain.replies.meanings import Meaning
from dispatch.domain.replies.reading import Said, said

AT_THE_RECIPIENT: Final = frozenset({"RCPT", "DATA", "."})
BEFORE_ANY_RECIPIENT: Final = frozenset({"CONNECT", "EHLO", "HELO", "STARTTLS", "AUTH"})
NOT_UNDERSTOOD: Final = frozenset({500, 501, 502, 503, 504, 552, 555})
"""Codes at MAIL that are about the words of the command (RFC 5321 4.2.3) or the message's size."""


ABOUT_THE_SENDER: Final = r"""
    \bsender\s+(?:\S+\s+){0,2}(?:address|domain|denied|rejected|refused|unknown|invalid|not)\b
    | \bdomain\s+of\s+(?:the\s+)?sender\b | \breturn.path\b | \bmail\s+from\b
"""


@dataclass(frozen=True)
class Row:
    """One row of the table. What is empty matches every reply."""

    meaning: Meaning
    verbs: frozenset[str] = frozenset()
    codes: Collection[int] = ()
    status: str = ""
    """Enhanced statuses without their class, such as "7.60 7.606-649"."""
    words: str = ""
    """A pattern, in which white space counts only as `\\s`."""
    unless: str = ""
    """A pattern that must not be there, in the same form."""

    def covers(self, answer: Said) -> bool:
        if self.verbs and answer.verb not in self.verbs:
            return False
        if self.codes and answer.code not in self.codes:
            return False
        if self.status and not any(map(self._has, answer.statuses)):
            return False
        return self._has_words(answer.words)

    def _has(self, status: tuple[int, int]) -> bool:
        subject, detail = status
        return any(subject == on and detail in details for on, details in self._statuses)

    def _has_words(self, text: str) -> bool:
        if self._words and not self._words.search(text):
            return False
        return not (self._unless and self._unless.search(text))

    @cached_property
    def _statuses(self) -> list[tuple[int, range]]:
        found = []
        for each in self.status.split():
            subject, _, details = each.partition(".")
            first, _, last = details.partition("-")
            found.append((int(subject), range(int(first), int(last or first) + 1)))
        return found

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        return re.compile(self.words, PATTERN) if self.words else None

    @cached_property
    def _unless(self) -> re.Pattern[str] | None:
        return re.compile(self.unless, PATTERN) if self.unless else None


PATTERN: Final = re.IGNORECASE | re.VERBOSE

PASSING: Final = range(400, 500)
PERMANENT: Final = range(500, 600)

SOMETHING_ELSE: Final = r"""
    gr[ae]y.?list
    | \btoo\s+many\s+(?:[\w:]+\s+){0,3}(?:errors|commands|hops|headers|invalid|unknown|bad)\b
    | \b(?:per|this|one|same)\s+(?:smtp\s+)?(?:connection|session)\b
    | \bthe\s+user\s+you\s+are\s+trying\s+to\s+contact\b
"""
"""Greylisting asks for patience, not for fewer letters; mistakes and loops are not about rates; and
the limit of one connection is met by opening another."""

ASKS_FOR_LESS: Final = r"""
    \btoo\s+(?:many|much|fast|quickly|frequent) | \btrop\s+de\b
    | \brate\b | \brate.?limit | \bthrottl | \boverlimit | \bfrequency\b
    | \bslow(?:ing|er)?\b | \b(?:server|system|too)\s+(?:is\s+)?busy\b
    | \b(?:unexpected|unusual|high)\s+(?:volume|traffic)
    | \b(?:hourly|sending|messages?|connections?|recipients?)\s+(?:limits?|quota)\b
    | \blimits?\s+(?:for\s+)?how\s+many\b | \bper[\s-](?:second|minute|hour|day)\b
    | \bexceed\w*\s.{0,40}\b(?:number|amount)\s+of\s+(?:messages|connections|recipients|mails?)
    | \bconcurrent\s+(?:\w+\s+)?connections\b | \bpeak\b
    | \[(?:TSS?|IPTS)\d\d\]
"""
"""How servers word it: Microsoft ("Server busy", "temporarily rate limited", "limits for how many
messages can be sent per hour"), Google ("an unusual rate"), Yahoo ("[TSS04] ... unexpected
volume"), Orange ("Trop de connexions"), Postfix ("too much mail from"), Exim ("rate overlimit"),
Cisco ("Too many recipients received this hour")."""

OUR_QUOTA: Final = r"""
    submission\s*quota
    | \b(?:daily|monthly|24.hours?|hourly)\b.{0,40}\b(?:limit|quota)\b
    | \b(?:limit|quota)\b.{0,60}\b(?:exceeded|reached)\b.{0,40}\b(?:today|day|24)\b
    | \b(?:sending|relay|outbound|message|recipient|rate)\s+(?:rate\s+)?(?:limit|quota)s?\b
    | \bexceeded\s+(?:your|the)\s+(?:\w+\s+){0,3}(?:limit|quota)s?\b
    | \bper\s+(?:day|hour)\b.{0,30}\bexceeded\b | \bexceed\w*\b.{0,40}\bper\s+(?:day|hour)\b
    | \btoo\s+many\s+(?:messages|recipients|e?mails)\b
    | \bcredits?\s+exceeded\b | \bexceed\w*\s.{0,40}\b(?:number|amount)\s+of\s+recipients\b
"""

TOKEN: Final = frozenset({"TOKEN"})
"""The request for a token, over HTTP. The codes of its answers are HTTP's."""

WITHOUT_CODES: Final = frozenset({"TOKEN", "AUTHENTICATE", "SELECT"})
"""What may be answered without a code of SMTP: a token endpoint out of reach, and IMAP."""

OF_TOKENS: Final = (
    Row(tokens.ENDPOINT_BUSY, TOKEN, tokens.BUSY),
    *(Row(meaning, TOKEN, words=words) for words, meaning in tokens.OF_ENDPOINTS),
    Row(tokens.TOKEN_REFUSED, TOKEN),
    Row(
        tokens.MAILBOX_NOT_OURS,
        frozenset({"AUTHENTICATE", "SELECT"}),
        words=r"\bauthenticated\s+but\s+not\s+connected\b",
    ),
    Row(tokens.TOKEN_NOT_TAKEN, frozenset({"AUTHENTICATE"}), unless=r"\[UNAVAILABLE\]"),
)

TABLE: Final = (
    *OF_TOKENS,
    # About our session, whatever is named in it
    Row(
        meanings.TLS_REQUIRED,
        words=r"""
            \bstarttls\b.{0,40}\b(?:first|required|needed|must)
            | \b(?:must|required?|needs?)\b.{0,40}\b(?:starttls|tls|ssl|encrypt\w*)\b
            | \b(?:tls|ssl|encryption|encrypted\s+\w+)\s+(?:is\s+)?(?:required|needed|mandatory)\b
        """,
        codes=PERMANENT,
    ),
    Row(meanings.TLS_REQUIRED, codes=PASSING, words=r"\bstarttls\s+is\s+required\b"),
    Row(meanings.TLS_REQUIRED, status="7.66"),
    Row(meanings.TLS_REQUIRED, frozenset({"STARTTLS"}), PERMANENT),
    Row(meanings.TLS_REQUIRED, codes={523, 538}),
    Row(meanings.LOGIN_WITHDRAWN, codes=PERMANENT, status="7.30", unless=r"\b(?:spf|dkim|dmarc)\b"),
    Row(meanings.LOGIN_WITHDRAWN, codes=PERMANENT, words=r"\bbasic\s+authentication\b"),
    Row(meanings.LOGIN_OFF, codes=PERMANENT, status="7.139"),
    Row(tokens.LOGIN_MALFORMED, frozenset({"AUTH"}), {501}, status="5.124"),
    Row(tokens.TOKEN_NOT_TAKEN, frozenset({"AUTH"}), PERMANENT, status="7.3"),
    Row(meanings.QUOTA_USED, frozenset({"AUTH"}), words=OUR_QUOTA, unless=r"\blog\s?in\b"),
    Row(meanings.PASSWORD_OLD, frozenset({"AUTH"}), {432}),
    Row(meanings.LOGIN_REFUSED, frozenset({"AUTH"}), PERMANENT),
    Row(meanings.LOGIN_REFUSED, codes={534, 535}),
    Row(meanings.LOGIN_MISSING, codes={530}),
    Row(meanings.LOGIN_MISSING, codes=PERMANENT, status="7.57"),
    Row(
        meanings.LOGIN_REFUSED,
        words=r"\bstoredrv\b.{0,120}(?:log\s?on|access\s?denied) | \blogon\s+failure\b",
    ),
    # About one mailbox
    Row(meanings.TOO_FAST, words=r"\bstoredrv\.clientsubmit\b | \bsender\s+thread\s+limit\b"),
    Row(meanings.MAILBOX_BUSY, codes=PASSING, words=r"\bstoredrv\.deliver\b"),
    Row(meanings.MAILBOX_BUSY, words=r"\brecipient\s+thread\s+limit\b"),
    Row(meanings.MAILBOX_BUSY, status="2.121-122"),
    Row(
        meanings.MAILBOX_BUSY,
        words=r"\bthe\s+user\s+you\s+are\s+trying\s+to\s+contact\b",
        codes=PASSING,
    ),
    Row(meanings.RECEIVER_BROKEN, status="7.321-325 4.8"),
    Row(
        meanings.NOT_YET,
        codes=PASSING,
        words=r"\bgr[ae]y.?list | \binternal\s+resources?\s+(?:\w+\s+)?temporarily\s+unavailable",
    ),
    Row(
        meanings.NO_SUCH_DOMAIN,
        AT_THE_RECIPIENT,
        status="1.2 4.4 4.310",
        unless=ABOUT_THE_SENDER,
    ),
    Row(
        meanings.NO_SUCH_DOMAIN,
        AT_THE_RECIPIENT,
        words=r"""
            \bnull\s*mx\b | \bdomain\s+(?:\S+\s+){0,2}(?:does\s+not\s+(?:exist|accept)|not\s+found)
            | \bunrout(?:e)?able\b
        """,
        unless=ABOUT_THE_SENDER,
    ),
    Row(meanings.NO_SUCH_DOMAIN, AT_THE_RECIPIENT, {521, 556}),
    Row(
        meanings.NO_SUCH_RECIPIENT,
        codes=PERMANENT,
        status="1.1-3 1.6 1.10 1.351 4.1 7.504",
        unless=ABOUT_THE_SENDER,
    ),
    Row(
        meanings.NO_SUCH_RECIPIENT,
        frozenset({"RCPT"}),
        PERMANENT,
        status="1.0",
        unless=ABOUT_THE_SENDER,
    ),
    Row(
        meanings.NO_SUCH_RECIPIENT,
        frozenset({"RCPT", "DATA", "."}),
        PERMANENT,
        words=r"""
            \b(?:user|recipient|mailbox|address|account)\s+(?:is\s+)?(?:unknown|not\s+found|invalid)
            | \b(?:unknown|invalid|no\s+such|non-?existent)\s+(?:local\s+)?
              (?:user|recipient|mailbox|account|address|person)\b
            | \b(?:user|recipient|mailbox|address|account)\s+(?:\S+\s+)?does\s+not\s+exist\b
            | \buser\s+doesn.t\s+have\s+an?\s+\S+\s+account\b
            | \brecipient\s+address\s+rejected:\s+need\s+fully-qualified
            | \buser\s+not\s+local\b | \bno\s+mailbox\s+(?:here|by\s+that\s+name)\b
        """,
        unless=r"\b(?:sender|return.path|mail\s+from)\b",
    ),
    Row(meanings.NO_SUCH_RECIPIENT, frozenset({"RCPT"}), {551}),
    Row(
        meanings.MAILBOX_FULL,
        words=r"""
            \b(?:mailbox|inbox|user|recipient\S*)\s+(?:\S+\s+)?(?:is\s+)?
              (?:full|over\s*quota|over\s+(?:\w+\s+)*quota)\b
            | \bover\s+(?:its\s+|their\s+)?(?:storage\s+)?quota\b
        """,
        unless=r"submission",
    ),
    Row(
        meanings.QUOTA_USED,
        frozenset({"MAIL", "."}),
        {550, 554},
        status="2.2",
        unless=r"\b(?:mailbox|inbox|user|account|recipient(?!\s+rate)|over\s*quota)\b",
    ),
    Row(meanings.MAILBOX_FULL, status="2.2", unless=r"\bsubmission|\bsender|\brecipient\s+rate\b"),
    Row(meanings.TOO_LARGE, AT_THE_RECIPIENT, PERMANENT, status="2.3 3.4"),
    Row(
        meanings.TOO_LARGE,
        frozenset({"RCPT", "DATA", ".", "MAIL"}),
        PERMANENT,
        words=r"""
            \bsize\s+(?:\S+\s+)?(?:exceeds|limit)\b
            | \b(?:message|mail)\s+(?:is\s+)?too\s+(?:large|big)\b
        """,
    ),
    Row(meanings.MAILBOX_OFF, codes=PERMANENT, status="2.1"),
    Row(meanings.RESTRICTED, codes=PERMANENT, status="7.2 7.12 7.120-137"),
    Row(
        meanings.RESTRICTED,
        codes=PERMANENT,
        words=r"""
            \bresolver\.rst\b | \ballowed.?senders\b
            | \bonly\s+(?:accepts?|takes?|receives?)\b.{0,40}
              \b(?:internal|inside|authenticated|listed)\b
            | \bnot\s+accept\w*\s+(?:mail|messages|e-?mail)\s+from\s+(?:outside|external)
        """,
    ),
    # About our account, our return path, our domain and our server
    Row(meanings.SENDER_REFUSED, codes=PERMANENT, status="7.60 2.252 1.7"),
    Row(meanings.SENDER_REFUSED, codes=PASSING, status="1.8"),
    Row(
        meanings.LOGIN_MISSING,
        words=r"""
            \bauthentication\s+(?:is\s+)?required\b | \bauth\w*\s+first\b
            | \b(?:client|sender|you)\s+(?:\w+\s+)?(?:is|are|was|were)?\s*not\s+authenticated\b
        """,
        codes=PERMANENT,
        unless=r"\brelay",
    ),
    Row(
        meanings.SENDER_REFUSED,
        words=r"""
            send.?as.?denied | \b(?:may|can)\s*not\s+send\s+as\b
            | \bsender\s+(?:\S+\s+){0,3}(?:rejected|denied|refused|blocked|invalid|unverified
              | not\s+(?:owned|allowed|permitted|authori[sz]ed|verified|found|valid))
            | \bfrom\s+address\b.{0,40}\bnot\b | \binvalid\s+(?:mail\s+from|sender|return.path)\b
            | \bsender\s+(?:signature|identity)\b
            | \b(?:email\s+address|domain|identity)\s+(?:is\s+)?not\s+verified\b | \banti.?spoof
            | \bdomain\s+of\s+(?:the\s+)?sender\b
            | \bsender\s+verif | \bnot\s+owned\s+by\b | \bnot\s+logged\s+in\b
            | \b(?:client|user|you)\s+(?:\S+\s+){0,4}
              (?:permissions?|allowed|permitted|authori[sz]ed)\s+to\s+(?:send|submit)\b
            | \bnot\s+(?:allowed|permitted|authori[sz]ed)\s+to\s+(?:send|use|perform)\b
            | \b(?:from|return.path)\s+(?:\S+\s+){0,3}not\s+(?:allowed|permitted|authori[sz]ed)
        """,
        codes=PERMANENT,
    ),
    Row(
        meanings.RELAY_DENIED,
        words=r"""
            \bdirect\s+send\b | \bunregistered\s+domains?\b
            | \brcpthosts\b | \bcredentials\s+for\s+relay\b
            | \brelay(?:ing)?\s+(?:\S+\s+){0,3}(?:denied|disallowed|prohibited|refused|rejected
              | disabled | (?:not|isn.t)\s+(?:allowed|permitted|authori[sz]ed|possible))
            | \b(?:unable|refuse\w*|attempt|not\s+(?:allowed|permitted|authori[sz]ed)|cannot|can.t
              | do(?:es)?\s+not|don.t|won.t|will\s+not)\s+(?:to\s+)?relay\b
            | \b(?:no|not\s+a(?:n\s+open)?|open)\s+relay(?:ing|s)?\b
            | \brelay(?:ing)?\s+(?:to|for|through)\b.{0,60}\b(?:denied|prohibited|not\s+allowed)
        """,
    ),
    Row(meanings.RELAY_DENIED, codes=PERMANENT, status="7.54 7.64 7.68 7.750"),
    Row(meanings.QUOTA_USED, codes=PERMANENT, status="1.90 4.5 7.232-236"),
    Row(
        meanings.QUOTA_USED,
        codes=frozenset(PERMANENT) - {552},  # which means 452 at RCPT (RFC 5321 4.5.3.1.10)
        words=OUR_QUOTA,
        unless=SOMETHING_ELSE,
    ),
    Row(
        meanings.QUOTA_USED,
        words=r"\bdaily\b.{0,40}\b(?:limit|quota)\b | submission\s*quota\s*exceeded",
    ),
    Row(
        meanings.ACCOUNT_BLOCKED,
        codes=PERMANENT,
        status="1.8 2.251-255 7.501-503 7.700-707 7.709-749",
    ),
    Row(
        meanings.ACCOUNT_BLOCKED,
        codes=PERMANENT,
        words=r"""
            \boutgoing\s+e?-?mail\b.{0,60}\b(?:suspended|blocked|disabled)\b
            | \bsending\s+(?:is\s+)?(?:paused|suspended|disabled|blocked)\b
            | \byour\s+(?:\w+\s+){0,2}(?:account|tenant|organi[sz]ation)\b.{0,40}
              \b(?:paused|suspended|disabled|blocked|not\s+allow)
            | \bunusual\s+sending\b | \boutbound\s+sender\b | \btenant\s+has\s+exceeded\b
            | \bsender\s+(?:is\s+)?throttled\b
            | \btoo\s+many\s+(?:invalid|unknown|bad)\s+recipients\b
        """,
    ),
    Row(meanings.HOST_BLOCKED, codes=PERMANENT, status="7.506 7.508 7.511 7.606-649 7.708"),
    Row(meanings.TOO_FAST, status="7.28"),
    Row(meanings.DOMAIN_UNPROVEN, codes=PERMANENT, status="7.20-27 7.29-30 7.32 7.40 7.509 7.515"),
    Row(meanings.DOMAIN_UNPROVEN, codes=PASSING, status="7.23 7.25-27 7.29-30 7.32 7.40"),
    Row(meanings.DOMAIN_UNPROVEN, words=r"\bcannot\s+find\s+your\s+(?:reverse\s+)?hostname\b"),
    Row(meanings.TURNED_AWAY, codes=PERMANENT, words=r"\b(?:helo|ehlo)\b | \bsynchroni[sz]ation\b"),
    Row(meanings.TURNED_AWAY, words=r"\b(?:helo|ehlo)\s+command\s+rejected\b"),
    Row(
        meanings.DOMAIN_UNPROVEN,
        words=r"""
            \bspf\b | \bsender\s+policy\s+framework\b
            | \bdkim\b | \bdmarc\b | \breverse\s+(?:dns|hostname)\b | \bptr\b
            | \bunauthenticated\s+(?:e-?mail|mail|messages?|senders?)\b
        """,
        codes=PERMANENT,
    ),
    Row(
        meanings.TOO_FAST,
        words=r"""
            \btoo\s+many\s+(?:\w+\s+){0,2}(?:connections|sessions)\b | \brate.?limited\b
            | \bslow\s+down\b
        """,
        codes=PERMANENT,
        unless=SOMETHING_ELSE,
    ),
    Row(
        meanings.HOST_BLOCKED,
        words=r"""
            \byour\s+access\b.{0,80}\brejected\b | \bblocked\s+-\s+see\b
            | \b(?:host|network)\s+not\s+allowed\b | \btraffic\s+not\s+accepted\b
            | \bblocked\s+(?:using|by|due|because|on|at) | \b(?:black|block|deny).?list
            | \b(?:dns|rh?s?)bl\b | \bspamhaus\b | \bspamcop\b | \bbarracuda\w*\b | \breputation\b
            | \bbanned\b | \blisted\s+(?:in|on|at|by)\b
            | \b(?:client\s+host|your\s+(?:ip|host|server|network)\w*|ip\s+address|\[[\d.:a-f]+\])
              .{0,60}\b(?:blocked|rejected|denied|refused|not\s+allowed)
        """,
        codes=PERMANENT,
    ),
    Row(
        meanings.CONTENT_REFUSED,
        words=r"""
            \bspam\w*\b | \bjunk\b | \bunsolicited\b | \bbulk\s+mail\b | \bvirus\b | \bmalware\b
            | \bphish\w* | \bsuspicious\b
            | \bcontent\b.{0,40}\b(?:rejected|refused|policy|filter\w*|not\s+(?:allowed|accepted))
            | \b(?:rejected|refused|blocked|denied)\b.{0,60}\b(?:content|policy)\b
            | \battachments?\b.{0,40}\b(?:blocked|rejected|prohibited|forbidden
              | not\s+(?:allowed|accepted|permitted))
            | \bpolicy\s+(?:violation|reasons?|rejection|restrict\w*)\b
            | \b(?:security|local)\s+polic | \bviolat\w+\b.{0,40}\bpolic
            | \b(?:prohibited|forbidden|banned)\s+(?:attachment|file)
        """,
        codes=PERMANENT,
    ),
    Row(meanings.CONTENT_REFUSED, frozenset({"DATA", "."}), PERMANENT, status="6.0-6 6.11"),
    # About the pace
    Row(
        meanings.TOO_FAST,
        frozenset({"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."}),
        {421},
        status="7.0",
        unless=SOMETHING_ELSE,
    ),
    Row(meanings.TOO_FAST, codes=PASSING, status="7.500-699 7.850-899", unless=SOMETHING_ELSE),
    Row(meanings.TOO_FAST, codes={450}, status="2.1", words=r"\bpeak\b"),
    Row(
        meanings.TOO_FAST,
        codes={421, 432, 450, 451, 452},
        words=ASKS_FOR_LESS,
        unless=SOMETHING_ELSE + r"| ^\s*4\.[12]\.",
    ),
    Row(
        meanings.TOO_FAST,
        codes=PASSING,
        words=rf"^\s*4\.7\.\d+\b (?s:.*) (?:{ASKS_FOR_LESS})",
        unless=SOMETHING_ELSE,
    ),
    Row(
        meanings.TOO_FAST,
        codes=PASSING,
        words=r"""
            \bthrottling\b | \bmaximum\s+sending\s+rate\b | \bDYN:T\d
            | ^\s*resources?\s+temporarily
        """,
    ),
    Row(meanings.TOO_FAST, codes={432}, status="3.2"),
    # What says too little to be sure
    Row(meanings.NOT_AVAILABLE, frozenset({"RCPT"}), PASSING, status="1.1 1.10 2.0-1"),
    Row(
        meanings.NOT_AVAILABLE,
        frozenset({"RCPT"}),
        PERMANENT,
        words=r"\bmailbox\s+(?:is\s+)?unavailable\b",
    ),
    Row(meanings.COMMAND_REFUSED, frozenset({"RCPT", "DATA"}), {504, 555}),
    Row(
        meanings.NOT_WANTED,
        AT_THE_RECIPIENT,
        PERMANENT,
        words=r"\bblocked\s+senders\b | \badministrative\s+prohibition\b",
    ),
    Row(meanings.NOT_WANTED, AT_THE_RECIPIENT, PERMANENT, status="7.1"),
    # Before anybody was named, a permanent reply can only be about us
    Row(meanings.TURNED_AWAY, BEFORE_ANY_RECIPIENT, PERMANENT),
    Row(
        meanings.SENDER_REFUSED,
        frozenset({"MAIL"}),
        frozenset(PERMANENT) - NOT_UNDERSTOOD,
    ),
)


@lru_cache(maxsize=256)
def meaning_of(verb: str, code: int, text: str) -> Meaning | None:
    """Return what a reply to a command means; None if the table does not know it.

    A reply that is neither 4yz nor 5yz has no such meaning, unless it needs no code.
    """
    if verb not in WITHOUT_CODES and code not in PASSING and code not in PERMANENT:
        return None
    found = (row.meaning for each in said(verb, code, text) for row in TABLE if row.covers(each))
    return next(found, None)

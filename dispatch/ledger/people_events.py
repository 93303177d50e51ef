"""Kinds of event about who may sign in: accounts, sign-ins, and the tokens of programs.

None has a password, a code or a token in it. `record` is the digest of the account's row after the
event: a row that does not have the digest of its last event was changed by somebody else.
"""

from __future__ import annotations

from typing import Final

from dispatch.ledger.kinds import Kind, Subject

_RECORD: Final = frozenset({"record"})

# What an account says

ACCOUNT_MADE: Final = Kind(
    "account.made",
    Subject.ACCOUNT,
    "account made",
    details=_RECORD | {"role"},
    private={"name", "other_names"},
)
ACCOUNT_INVITED: Final = Kind(
    "account.invited",
    Subject.ACCOUNT,
    "given a code to join with; an earlier password or code no longer counts",
    details=_RECORD | {"until"},
    private={"because"},
)
ACCOUNT_JOINED: Final = Kind(
    "account.joined",
    Subject.ACCOUNT,
    "joined",
    details=_RECORD | {"how"},
)
ACCOUNT_CHANGED: Final = Kind(
    "account.changed",
    Subject.ACCOUNT,
    "account changed",
    details=_RECORD | {"was", "role"},
    private={"name", "other_names", "because"},
)
ACCOUNT_PASSWORD: Final = Kind(
    "account.password", Subject.ACCOUNT, "password changed", details=_RECORD
)
ACCOUNT_CODES: Final = Kind(
    # `left`: how many recovery codes have not been used.
    "account.codes",
    Subject.ACCOUNT,
    "codes changed",
    details=_RECORD | {"left"},
)
ACCOUNT_ENDED: Final = Kind(
    "account.ended",
    Subject.ACCOUNT,
    "account ended",
    details=_RECORD,
    private={"because"},
)

ABOUT_ACCOUNTS: Final = frozenset(
    {
        each.action
        for each in (
            *(ACCOUNT_MADE, ACCOUNT_INVITED, ACCOUNT_JOINED, ACCOUNT_CHANGED),
            *(ACCOUNT_PASSWORD, ACCOUNT_CODES, ACCOUNT_ENDED),
        )
    }
)
"""The kinds that say what an account's row is from then on."""

# Signing in and out

SIGNED_IN: Final = Kind("sign_in.entered", Subject.SIGN_IN, "signed in", details={"how"})
SIGN_IN_REFUSED: Final = Kind(
    "sign_in.refused", Subject.SIGN_IN, "sign-in refused", details={"reason"}
)
SIGNED_OUT: Final = Kind(
    # `visits`: how many browsers the person is signed out of.
    "sign_in.left",
    Subject.SIGN_IN,
    "signed out",
    details={"visits"},
)
CONFIRMED: Final = Kind(
    "sign_in.confirmed", Subject.SIGN_IN, "confirmed who they are", details={"how"}
)

# Tokens

TOKEN_MADE: Final = Kind(
    "token.made",
    Subject.TOKEN,
    "token made",
    details={"scopes", "until"},
    private={"name", "owner"},
)
TOKEN_ENDED: Final = Kind("token.ended", Subject.TOKEN, "token ended", private={"name", "because"})

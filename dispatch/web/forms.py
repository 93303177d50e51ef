"""Forms: fields that are read and checked, and the digest of what a form confirms."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from dispatch.domain.proposal import Proposal
from dispatch.web.visiting import form_kept

LONGEST_REASON = 1000
"""Characters of a reason."""


def tidy(text: str | None) -> str:
    """Return a text on one line, with single spaces."""
    return " ".join((text or "").split())


def reason(label: str, *, needed: str = "", description: str = "") -> TextAreaField:
    """Return a field for a reason; `needed` is said where one is needed and none was given."""
    length = Length(max=LONGEST_REASON, message=f"Use at most {LONGEST_REASON:,} characters")
    return TextAreaField(
        label,
        description=description,
        filters=[tidy],
        validators=[DataRequired(needed), length] if needed else [length],
    )


class Form(FlaskForm):
    """A form that only our own pages can send.

    One that was refused while its person had to sign in is shown filled in, once they have.
    """

    class Meta(FlaskForm.Meta):
        """Where the values of a form come from."""

        def wrap_formdata(self, form: FlaskForm, formdata: object) -> Any:  # noqa: ANN401 - as WTForms has it
            """Take the values from the request, or from what was kept of an earlier one."""
            found = super().wrap_formdata(form, formdata)
            kept = form_kept() if found is None else None
            return MultiDict(kept) if kept else found


class Confirmation(Form):
    """A form that carries out what its page shows, and only that."""

    digest = HiddenField(validators=[InputRequired()])

    def show(self, proposal: Proposal) -> None:
        """Have the form carry the digest of what the page shows."""
        self.digest.data = proposal.digest

    def agreed(self) -> str:
        """Return the digest of what the person saw; refuse a form that has none."""
        if not self.validate_on_submit():
            abort(400, "The form is not whole: open the page again.")
        return str(self.digest.data)


class Reasoned(Confirmation):
    """A confirmation that needs a reason."""

    because = reason("Why? The ledger keeps it with what you do.", needed="Give a reason")

from __future__ import annotations

from dataclasses import replace

from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import Change, Comparison, SharedAddress
from dispatch.domain.register.figures import Figures
from dispatch.register.file_kinds import File
from dispatch.register.imports import Import
from dispatch.views.form import as_data
from dispatch.views.imports import change_lines, import_view, remarks, summary
from tests.factories import a_contact, an_authority, some_figures

FOUND = Import(
    file=File("contacts", "contacts.csv", b"x"),
    comparison=Comparison(
        (a_contact("OXO"),),
        (),
        3,
        staying=(a_contact("ADU"), a_contact("WOT")),
        shared=(SharedAddress("x@oxo.example", ("ADU", "OXO")),),
    ),
    concerned={"annual-review-2020": "the chief executive of OXO"},
)


def test_what_may_be_a_slip_in_a_file_is_said() -> None:
    assert list(remarks(import_view(FOUND, is_done=False))) == [
        "x@oxo.example now serves ADU and OXO: is that right?",
        "2 other contacts in these roles are not in the file, and will stay.",
        (
            "annual-review-2020 would go back to draft: its letters must be rendered and approved "
            "again."
        ),
    ]


def test_an_odd_name_in_a_file_is_said_before_it_comes_in() -> None:
    odd = Comparison((replace(a_contact("OXO"), surname="null"),), (), 0)
    found = replace(FOUND, comparison=odd, concerned={})
    assert list(remarks(import_view(found, is_done=False))) == [
        'Look: the chief executive of OXO: surname "null" stands for one that is missing.'
    ]
    many = replace(odd, new=odd.new * 25)
    *_, last = remarks(import_view(replace(found, comparison=many), is_done=False))
    assert last == "... and 5 more"


def changing(before: Authority | Contact | Figures, after: Authority | Contact | Figures) -> Import:
    return replace(FOUND, comparison=Comparison((), (Change(before, after),), 0), concerned={})


def test_what_would_become_blank_is_counted_and_named() -> None:
    known = replace(a_contact("OXO"), given_name="Jo")
    view = import_view(
        changing(known, replace(known, given_name=None, surname=None)), is_done=False
    )
    assert list(summary("contacts", view)) == [
        "0 contacts would be new, 1 changed, 0 ended, 0 as before.",
        "1 given name and 1 surname would become blank.",
    ]
    assert list(remarks(view)) == [
        "Would become blank: OXO chief executive: given name (Jo), surname (Adeyemi)."
    ]


def test_counts_that_would_not_be_known_any_more_are_named_with_what_they_were() -> None:
    known = some_figures("OXO")
    counts = {"investigated": 4, "upheld": 3}
    after = replace(known, counts=counts, source="the review")
    view = import_view(changing(known, after), is_done=False)
    assert list(summary("figures", view)) == [
        "0 sets of figures would be new, 1 changed, 0 as before.",
        "3 counts would become blank.",
    ]
    [said] = remarks(view)
    assert said.startswith("Would become blank: OXO 2019-20: compliance outcomes (3)")
    [line] = change_lines(view.changed[0])
    assert line.startswith("OXO 2019-20: upheld 2 -> 3, ")
    assert line.endswith("source blank -> the review")


def test_which_counts_are_made_up_no_longer_is_said() -> None:
    known = replace(some_figures("OXO"), synthetic=("upheld", "remedied"))
    after = replace(known, synthetic=("complied", "remedied"))
    view = import_view(changing(known, after), is_done=False)
    assert list(change_lines(view.changed[0])) == [
        "OXO 2019-20: made up: complied, no longer made up: upheld"
    ]


def test_a_made_up_count_that_becomes_blank_is_named_once() -> None:
    known = replace(some_figures("OXO"), synthetic=("upheld",))
    counts = {name: count for name, count in known.counts.items() if name != "upheld"}
    view = import_view(changing(known, replace(known, counts=counts, synthetic=())), is_done=False)
    assert list(change_lines(view.changed[0])) == ["OXO 2019-20: upheld 2 -> blank"]
    assert list(remarks(view)) == ["Would become blank: OXO 2019-20: upheld (2)."]


def test_a_changed_contact_is_shown_before_and_after() -> None:
    known = a_contact("OXO")
    view = import_view(changing(known, replace(known, given_name="Jo")), is_done=False)
    assert list(change_lines(view.changed[0])) == [
        "OXO chief executive: given name",
        "  from  Ms Adeyemi <chief.executive@oxo.example>",
        "  to    Ms Jo Adeyemi <chief.executive@oxo.example>",
    ]


def test_what_is_blank_of_an_authority_is_told_to_programs() -> None:
    known = replace(an_authority("OXO"), successors=("ADU", "WOT"))
    after = replace(known, group=None, successors=())
    view = import_view(changing(known, after), is_done=False)
    assert as_data(view)["blank"] == [
        {"of": "OXO", "field": "group", "was": "District Council"},
        {"of": "OXO", "field": "successors", "was": "ADU WOT"},
    ]
    assert list(summary("authorities", view))[1] == (
        "1 group and 1 list of successors would become blank."
    )

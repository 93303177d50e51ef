from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files.tables.faults import SHOWN_FAULTS, Fault, Faults, meant, shorten


def test_a_fault_names_file_row_column_value_and_rule() -> None:
    fault = Fault(file="contacts.csv", row=17, column="address", value="jo@", rule="is no address")

    assert str(fault) == 'contacts.csv, row 17, address: "jo@" is no address'


def test_a_fault_of_a_whole_file_names_only_that() -> None:
    assert str(Fault(file="contacts.csv", rule="there are no rows")) == (
        "contacts.csv: there are no rows"
    )


def test_faults_are_told_in_the_order_of_the_rows() -> None:
    faults = Faults("figures.csv")
    for row in (9, 2, 5):
        faults.add("is wrong", row=row)

    with pytest.raises(BadInput) as refused:
        faults.settle()

    assert [line.split(":")[0] for line in refused.value.problems] == [
        "figures.csv, row 2",
        "figures.csv, row 5",
        "figures.csv, row 9",
    ]
    assert str(refused.value).startswith("figures.csv cannot be used; nothing was imported:")


def test_no_faults_settle_in_silence() -> None:
    Faults("figures.csv").settle()


def test_very_many_faults_are_counted() -> None:
    faults = Faults("figures.csv")
    for row in range(1, SHOWN_FAULTS + 313):
        faults.add("is wrong", row=row)

    problems = faults.refusal().problems

    assert len(problems) == SHOWN_FAULTS + 1
    assert problems[-1] == "... and 312 more"


def test_a_long_value_is_cut_and_an_unprintable_one_made_visible() -> None:
    assert shorten("x" * 100) == "x" * 57 + "..."
    assert shorten("a\x1b[2Jb\n") == "a\\x1b[2Jb\\x0a"
    assert shorten("Ŵyn") == "Ŵyn"


def test_a_near_miss_is_suggested_as_it_is_spelt() -> None:
    assert meant("oxp", ["OXO", "ADU"]) == "; did you mean OXO?"
    assert meant("zzz", ["OXO", "ADU"]) == ""

"""What is odd about a suggested address is said in words that a clerk understands."""

import pytest

from dispatch.domain.incoming.successors import Known, doubts
from dispatch.domain.register import domain_names

DOMAINS = frozenset({"oxford.example", "york.example", "adur.example"})
KNOWN = Known(
    theirs=frozenset({"oxford.example"}), all=DOMAINS, by_look=domain_names.by_look(DOMAINS)
)


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("jo@oxf0rd.example", ["looks like oxford.example", "another domain"]),
        ("jo@oxfo\u0433d.example", ["looks like oxford.example", "mixed alphabets"]),
        ("jo@xn--oxfrd-lye.example", ["looks like oxford.example", "mixed alphabets"]),
        ("jo@oxf\u00f6rd.example", ["looks like oxford.example", "not in plain letters"]),
        ("jo@oxfrod.example", ["nearly oxford.example", "another domain"]),
        ("jo@oxfordd.example", ["nearly oxford.example", "another domain"]),
        ("jo@oxfor.example", ["nearly oxford.example", "another domain"]),
        ("jo@oxford.test.invalid", ["has oxford.example in it", "another domain"]),
        ("jo@oxford-council.example", ["has oxford.example in it", "another domain"]),
        ("jo@oxford.example.invalid", ["has oxford.example in it", "another domain"]),
        ("jo@y0rk.example", ["looks like york.example", "another domain"]),
        ("jo@york.example", ["another domain"]),
        ("jo@elsewhere.example", ["another domain"]),
        ("oxford.council@gmail.com", ["public webmail"]),
    ],
)
def test_how_an_address_may_deceive_is_said(address: str, short: list[str]) -> None:
    found = [each.short for each in doubts(address, KNOWN)]
    assert found[: len(short)] == short or set(short) < set(found)


@pytest.mark.parametrize(
    "address", ["jo@oxford.example", "jo@OXFORD.example", "a@it.oxford.example"]
)
def test_an_address_of_their_own_domain_is_not_odd(address: str) -> None:
    assert doubts(address, KNOWN) == ()


def test_the_domain_is_named_with_those_that_are_known() -> None:
    [_, another] = doubts("jo@oxf0rd.example", KNOWN)
    assert "oxf0rd.example, is not that of the council's contacts: oxford.example" in another.said
    assert "No contact has or had this domain." in another.said
    [elsewhere] = doubts("jo@york.example", KNOWN)
    assert "Contacts of another authority have it." in elsewhere.said


def test_where_no_contact_is_known_the_domain_is_another() -> None:
    [another] = doubts("jo@x.example", Known(theirs=frozenset(), all=frozenset(), by_look={}))
    assert "contacts: none." in another.said

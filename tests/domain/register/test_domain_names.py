from __future__ import annotations

import pytest

from dispatch.domain.register.authority import Authority
from dispatch.domain.register.domain_names import NamesInDomains, organisation


def named(code: str, name: str, official: str, kind: str = "council") -> Authority:
    return Authority(code=code, name=name, official_name=official, kind=kind)


NAMES = NamesInDomains(
    {
        each.code: each
        for each in (
            named("ADU", "Adur", "Adur District Council"),
            named("BAS", "Bath and North East Somerset", "Bath and North East Somerset Council"),
            named("DBY", "Derbyshire", "Derbyshire County Council"),
            named("DEB", "Derbyshire Dales", "Derbyshire Dales District Council"),
            named("FOE", "Forest of Dean", "Forest of Dean District Council"),
            named(
                "KEF",
                "Kent Combined Fire Authority",
                "Kent Combined Fire Authority",
                "fire authority",
            ),
            named("KEN", "Kent", "Kent County Council"),
            named("KHL", "Kingston upon Hull", "Hull City Council"),
            named("KIN", "Kings Lynn and West Norfolk", "King's Lynn and West Norfolk Council"),
            named("LND", "City of London", "City of London Corporation"),
            named("NEL", "North East Lincolnshire", "North East Lincolnshire Council"),
            named("NEW", "New Forest", "New Forest District Council"),
            named(
                "NFP",
                "New Forest National Park Authority",
                "New Forest National Park Authority",
                "national park",
            ),
            named("NSM", "North Somerset", "North Somerset Council"),
            named("SOM", "Somerset", "Somerset Council"),
            named("TFL", "Transport for London", "Transport for London", "transport"),
            named("TFW", "Telford and Wrekin", "Telford & Wrekin Council"),
            named("WOT", "Worthing", "Worthing Borough Council"),
        )
    }
)


@pytest.mark.parametrize(
    ("domain", "codes"),
    [
        ("adur.example", {"ADU"}),
        ("mail.adur.gov.uk.example", {"ADU"}),
        ("adur-worthing.example", {"ADU", "WOT"}),
        ("bathnes.example", {"BAS"}),
        ("derbyshire.example", {"DBY"}),
        ("derbyshiredales.example", {"DEB"}),
        ("fdean.example", {"FOE"}),
        ("hullcc.example", {"KHL"}),
        ("kent.example", {"KEN"}),
        ("nelincs.example", {"NEL"}),
        ("n-somerset.example", {"NSM"}),
        ("newforestnpa.example", {"NFP"}),
        ("somerset.example", {"SOM"}),
        ("telford.example", {"TFW"}),
        ("tfl.example", {"TFL"}),
        ("west-norfolk.example", {"KIN"}),
        ("council.example", set()),
        ("london.example", set()),
        ("webmail.example", set()),
    ],
)
def test_a_domain_bears_the_name_of(domain: str, codes: set[str]) -> None:
    assert NAMES.named_in(organisation(domain)) == codes
    for code in codes:
        assert NAMES.is_own(code, organisation(domain))


@pytest.mark.parametrize(
    ("code", "domain", "is_own"),
    [
        ("KEF", "kent.fire.example", True),
        ("KEF", "kent.example", False),
        ("SOM", "northsomerset.example", False),
        ("NSM", "somersetcc.example", False),
        ("NEW", "newforestdc.example", True),
        ("OXO", "adur.example", False),
        ("TFL", "tfl.example", True),
        ("BAS", "bas.example", True),  # by its code
    ],
)
def test_a_word_of_a_name_counts_unless_the_domain_is_exactly_anothers(
    code: str, domain: str, *, is_own: bool
) -> None:
    assert NAMES.is_own(code, organisation(domain)) is is_own

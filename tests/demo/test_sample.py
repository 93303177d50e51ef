from __future__ import annotations

import csv
from pathlib import Path

import pytest

from dispatch.demo import sample
from dispatch.demo.people import BEHAVIOURS
from dispatch.demo.sample import Sample
from dispatch.files import authorities, contacts, figures

REALS = Path(__file__).parents[2] / "config/sample"

Rows = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample.write(tmp_path_factory.mktemp("sample"), 2020, REALS)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_339_councils_exist_on_the_letter_date_and_346_are_due_a_letter(written: Sample) -> None:
    assert len(set(written.existing)) == 339
    assert len(set(written.lettered)) == 346


def test_the_abolished_councils_have_figures_and_a_successor_with_contacts(
    written: Sample,
) -> None:
    authorities = {row["code"]: row for row in rows(written.authorities)}
    contacts = {row["authority"] for row in rows(written.contacts)}
    abolished = set(written.lettered) - set(written.existing)

    assert {authorities[code]["successors"] for code in abolished} == {"BUC", "SWT"}
    assert {"BUC", "SWT"} <= contacts
    assert not abolished & contacts


def test_every_council_due_a_letter_has_figures_and_each_existing_one_two_contacts(
    written: Sample,
) -> None:
    figures = [row["authority"] for row in rows(written.figures)]
    contacts = [(row["authority"], row["role"]) for row in rows(written.contacts)]

    assert set(figures) == {*written.lettered, "transport-for-london"}
    assert len(figures) == len(set(figures)) == written.figures_count == 347
    assert len(contacts) == len(set(contacts)) == written.contact_count == 2 * 339
    assert {code for code, _ in contacts} == set(written.existing)


def test_every_authority_of_the_real_list_is_carried_over_as_it_is(written: Sample) -> None:
    authorities = rows(written.authorities)
    codes = [row["code"] or row["slug"] for row in authorities]

    assert authorities == rows(REALS / "authorities.csv")
    assert len(set(codes)) == len(codes) == 414
    assert all(len(row["code"]) in (0, 3) and row["source"] for row in authorities)


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(
    written: Sample, tmp_path: Path
) -> None:
    again = sample.write(tmp_path / "again", 2020, REALS)
    other = sample.write(tmp_path / "other", 2021, REALS)

    for name in ("authorities", "contacts", "figures"):
        assert getattr(again, name).read_bytes() == getattr(written, name).read_bytes()
    assert other.contacts.read_bytes() != written.contacts.read_bytes()
    assert other.figures.read_bytes() != written.figures.read_bytes()


def test_the_published_averages_name_their_source() -> None:
    averages = rows(REALS / "averages.csv")

    assert {row["measure"] for row in averages} == {"upheld", "compliance", "remedied"}
    assert all(0 <= float(row["percent"]) <= 100 and row["source"] for row in averages)


def test_the_readers_take_all_three_files(written: Sample) -> None:
    paths = (written.authorities, written.contacts, written.figures)
    of_authorities, of_contacts, of_figures = ((path.name, path.read_bytes()) for path in paths)

    known = [authority.code for authority in authorities.read(*of_authorities).values]

    assert len(known) == 414
    assert len(contacts.read(*of_contacts, known=known).values) == 678
    assert len(figures.read(*of_figures, known=known).values) == 347


def test_a_small_sample_has_the_same_councils_in_smaller_files(
    written: Sample, tmp_path: Path
) -> None:
    codes = sample.small(2020, REALS)
    small = sample.write(tmp_path, 2020, REALS, codes)
    assert set(small.lettered) == codes >= set(sample.SMALL)
    assert len(codes) <= 40
    for name in ("authorities", "contacts", "figures"):
        few, every = rows(getattr(small, name)), rows(getattr(written, name))
        assert few == [row for row in every if row in few]
        assert 0 < len(few) < len(every) / 5
    known = {row["code"] for row in rows(small.authorities)}
    assert known >= codes


@pytest.mark.parametrize("seed", [7, 2020])
def test_in_a_small_sample_mailboxes_behave_in_every_way(tmp_path: Path, seed: int) -> None:
    small = sample.write(tmp_path, seed, REALS, sample.small(seed, REALS))
    chiefs = [row["address"] for row in rows(small.contacts) if row["role"] == "chief executive"]
    assert {address.partition(".")[0] for address in chiefs} >= set(BEHAVIOURS)

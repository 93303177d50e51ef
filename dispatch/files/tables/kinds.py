"""The kinds of table that come in, and the headings that people give to their columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dispatch.domain.register.figure_set import ANNUAL, FigureSet
from dispatch.files.tables.headings import Columns

WHICH_AUTHORITY: Final = dict.fromkeys(
    (
        *("authority_code", "authority_name", "local_authority", "local_authority_name"),
        *("local_authority_code", "code", "code3", "council", "council_name", "council_code"),
        *("la", "la_name", "la_code", "organisation", "organisation_name", "organization"),
        *("name_of_authority", "name_of_council", "body", "public_body"),
    ),
    "authority",
)
"""Headings of a column that says which authority a row is about, by code or by name."""

CONTACTS: Final = Columns(
    kind="contacts",
    command="dispatch import contacts FILE",
    required=("authority", "role", "address"),
    optional=(
        *("name", "honorific", "given_name", "surname", "job_title", "language"),
        "postal_address",
    ),
    aliases={
        **WHICH_AUTHORITY,
        "contact_role": "role",
        "recipient_role": "role",
        "email": "address",
        "email_address": "address",
        "email_id": "address",
        "emails": "address",
        "mail": "address",
        "mail_address": "address",
        "contact_email": "address",
        "contact_email_address": "address",
        "work_email": "address",
        "work_email_address": "address",
        "full_name": "name",
        "whole_name": "name",
        "contact_name": "name",
        "name_of_contact": "name",
        "display_name": "name",
        "title": "honorific",
        "prefix": "honorific",
        "name_prefix": "honorific",
        "first_name": "given_name",
        "given_names": "given_name",
        "forename": "given_name",
        "forenames": "given_name",
        "christian_name": "given_name",
        "last_name": "surname",
        "family_name": "surname",
        "second_name": "surname",
        "post": "job_title",
        "position": "job_title",
        "job": "job_title",
        "post_title": "job_title",
        "preferred_language": "language",
        "language_preference": "language",
        "language_choice": "language",
        "position_title": "job_title",
        "post_address": "postal_address",
        "mailing_address": "postal_address",
        "address_for_post": "postal_address",
        "address_by_post": "postal_address",
        "full_postal_address": "postal_address",
    },
    ambiguous={
        "salutation": "honorific (Ms, Dr) or a whole greeting; call it honorific or delete it",
        "greeting": "honorific (Ms, Dr) or a whole greeting; call it honorific or delete it",
        "designation": "role or job_title; call it what it is",
        "job_role": "role or job_title; call it what it is",
        "contact_type": "role; call it role or delete it",
        "contact": "name or address; call it what it is",
        "contact_details": "address; call it address or delete it",
        "initials": "given_name; call it given_name or delete it",
    },
    instead={"role": "job_title"},
)

AUTHORITIES: Final = Columns(
    kind="authorities",
    command="dispatch import authorities FILE",
    required=("name", "official_name"),
    optional=(
        *("code", "slug", "kind", "group", "region", "start_date", "last_day", "successors"),
        "source",
    ),
    aliases={
        "short_name": "name",
        "council": "name",
        "council_name": "name",
        "local_authority": "name",
        "local_authority_name": "name",
        "authority_name": "name",
        "full_name": "official_name",
        "legal_name": "official_name",
        "official": "official_name",
        "full_official_name": "official_name",
        "code3": "code",
        "authority_code": "code",
        "council_code": "code",
        "local_authority_code": "code",
        "la_code": "code",
        "abbreviation": "code",
        "type": "kind",
        "comparison_group": "group",
        "started": "start_date",
        "start": "start_date",
        "established": "start_date",
        "end_date": "last_day",
        "ended": "last_day",
        "abolished": "last_day",
        "successor": "successors",
        "replaced_by": "successors",
        "succeeded_by": "successors",
    },
    ambiguous={
        "authority": "name or code; call it what it is",
        "authority_type": "kind or group; call it what it is",
        "council_type": "kind or group; call it what it is",
        "class": "kind or group; call it what it is",
        "family": "group; call it group or delete it",
    },
)

FIGURES: Final = Columns(
    kind="figures",
    command="dispatch import figures FILE",
    required=("authority", "year"),
    optional=(*ANNUAL.names, *ANNUAL.percentages, "synthetic", "source", "note"),
    families=ANNUAL.families,
    others=", or plan the mailout that has it: a scheme's own counts are known once its mailout is "
    "planned",
    aliases={
        **WHICH_AUTHORITY,
        "name": "authority",
        "financial_year": "year",
        "reporting_year": "year",
        "year_of_data": "year",
        "complaints_received": "received",
        "complaints_decided": "decided",
        "complaints_investigated": "investigated",
        "complaints_upheld": "upheld",
        "number_upheld": "upheld",
        "upheld_complaints": "upheld",
        "investigations": "investigated",
        "detailed_investigations": "investigated",
        "satisfactory_remedies": "remedied",
        "satisfactory_remedy_pct": "remedied_pct",
        "pct_upheld": "upheld_pct",
        "upheld_rate": "upheld_pct",
        "uphold_rate": "upheld_pct",
        "uphold_rate_pct": "upheld_pct",
        "upheld_rate_pct": "upheld_pct",
        "pct_compliance": "compliance_pct",
        "compliance_rate": "compliance_pct",
        "compliance_rate_pct": "compliance_pct",
        "pct_remedied": "remedied_pct",
        "residents": "population",
        "notes": "note",
        "comment": "note",
        "comments": "note",
    },
    ambiguous={
        "total": "received or decided; call it what it is",
        "complaints": "received or decided; call it what it is",
        "compliance": "complied (a count) or compliance_pct; call it what it is",
        "satisfactory_remedy": "remedied (a count) or remedied_pct; call it what it is",
        "pct": "upheld_pct, compliance_pct or remedied_pct; call it what it is",
    },
)


def figures(within: FigureSet) -> Columns:
    """Return the columns of a file of figures in which certain counts are known.

    A heading that is one of their own names means that, whatever else it may mean.
    """
    if within is ANNUAL:
        return FIGURES
    known = (*within.names, *within.percentages)
    named = {*FIGURES.required, *known, "synthetic", "source", "note"}
    return replace(
        FIGURES,
        optional=(*known, "synthetic", "source", "note"),
        families=within.families,
        aliases={
            **{
                name: to
                for name, to in FIGURES.aliases.items()
                if name not in named and to in named
            },
            **dict.fromkeys(("period", "quarter", "half_year", "month"), "year"),
        },
        ambiguous={name: hint for name, hint in FIGURES.ambiguous.items() if name not in named},
    )


AVERAGES: Final = Columns(
    kind="averages",
    required=("group", "measure", "percent"),
    optional=("year", "per_100k", "source"),
    aliases={
        "comparison_group": "group",
        "pct": "percent",
        "average": "percent",
        "average_pct": "percent",
        "financial_year": "year",
        "per_100_000": "per_100k",
        "per_100_000_residents": "per_100k",
    },
    ambiguous={"rate": "percent or per_100k; call it what it is"},
)

EVERY: Final = (AUTHORITIES, CONTACTS, FIGURES, AVERAGES)

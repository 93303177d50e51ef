from __future__ import annotations

from dispatch.documents.languages.names import called, languages, named

FILES = ("letter.md", "letter.cy.md", "email.en.md", "logo.svg")


def test_each_language_has_its_own_files_and_those_of_all() -> None:
    assert languages(FILES) == {"cy", "en"}
    assert called(FILES, "cy") == {"letter.md": "letter.cy.md", "logo.svg": "logo.svg"}
    assert called(FILES, "en") == {
        "letter.md": "letter.md",
        "email.md": "email.en.md",
        "logo.svg": "logo.svg",
    }
    assert named("letter.md", "cy") == "letter.cy.md"

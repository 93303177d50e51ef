"""The parts of a letter as HTML, with their pictures, for a page of the template."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from dispatch.documents.markdown import PARSER, Part, Piece, words

Pictures = Callable[[str], str]
"""Returns the SVG for a picture's source; raises `CannotRender` if there is none."""


def html(part: Part, pictures: Pictures) -> str:
    """Return a part as HTML that contains its pictures."""
    return "".join(_html(piece, pictures) for piece in part.pieces)


@lru_cache(maxsize=2048)
def _html(piece: Piece, pictures: Pictures) -> str:
    said: str = PARSER.renderer.render(piece.tokens, PARSER.options, {"pictures": pictures})
    return said


def _image(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: Any,  # noqa: ANN401 - markdown-it passes on what `html` gave it
) -> str:
    image = tokens[index]
    svg = env["pictures"](str(image.attrs["src"]))
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return f'<img alt="{escapeHtml(words(image))}" src="{source}">'


PARSER.add_render_rule("image", _image)

"""Elements of SVG. Whatever is put into one is escaped here, and colours and fonts are the style sheet's."""

from __future__ import annotations

from markupsafe import Markup, escape


def element(name: str, *content: Markup | str, **attributes: str | float | None) -> Markup:
    """An element. Attributes that are None are left out; `class_` is class, `text_anchor` is text-anchor."""
    parts = [
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    inside = "".join(str(escape(each)) for each in content)
    return Markup(f"<{name}{''.join(parts)}>{inside}</{name}>")  # noqa: S704 - all of it is escaped above


def text(content: str, x: float, y: float, anchor: str = "middle", class_: str = "tick") -> Markup:
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_)


def link(address: str, name: str, *content: Markup) -> Markup:
    """A link, whose name is its tooltip too."""
    return element("a", element("title", name), *content, href=address)


def joined(*parts: Markup) -> Markup:
    return Markup("").join(parts)


def picture(
    width: float,
    height: float,
    title: str,
    description: str,
    *content: Markup,
    class_: str,
    links: bool,
    stretched: bool = False,
) -> Markup:
    """A whole picture. With links in it, it is a group for screen readers, because an image has no inside."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_written(width)} {_written(height)}",
        class_=class_,
        preserveAspectRatio="none" if stretched else None,
        role="group" if links else "img",
        aria_label=title,
    )


def number(value: float) -> str:
    """A place in a picture: a tenth of a pixel is enough."""
    return f"{value:.1f}".removesuffix(".0")


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)

"""The picture of a record's page: what was measured of it, over time."""

from __future__ import annotations

from tokonoma.data.aggregates.series import series
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader

from . import addresses
from .budget import STATEMENT_SECONDS
from .drawings import Drawing
from .line_drawing import line_drawing
from .picture_choice import ROWS, Drawable, PictureChoice
from .state import State
from .visit import Visit


def measured(shown: Shown) -> PictureChoice | None:
    """The line over time of an object whose rows are measurements: their time is part of their key."""
    drawable = Drawable(shown)
    return next(
        (
            each
            for each in drawable.suggestions()
            if drawable.is_line(each)
            and each.split == ROWS
            and drawable.headings[each.x].column.name in shown.table.key
        ),
        None,
    )


def drawing(reader: Reader, visit: Visit, shown: Shown, state: State, choice: PictureChoice) -> Drawing:
    """The line of the rows that a state leaves. Raises QueryError, DataError or HanaError."""
    known = Drawable(shown).headings
    options = state.options(shown.columns)
    rows = reader.filtered(visit.caller, shown, options, timeout=STATEMENT_SECONDS)
    time, number = known[choice.x], known[choice.y]

    def address(each: State) -> str:
        return visit.root + addresses.table(shown.name, each)

    found = series(rows, time.name, number.name, "")
    return line_drawing(found, time, number, None, {}, state, address, visit.language)

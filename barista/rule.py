"""The rule of the bar: an even order is served hot, an odd one cold."""

from __future__ import annotations

from enum import Enum

_QUOTES_AND_SPACE = b'" \t\r\n'


class Drink(Enum):
    """A drink; its value is the text that is sent."""

    HOT = b"Serve Hot drink"
    COLD = b"Serve Cold drink"


class NotAnOrder(ValueError):
    """A message for which no drink can be chosen; its text is the reason, and quotes nothing of it."""


def drink_for(order: bytes | None) -> Drink:
    """Hot for an even order, cold for an odd one.

    An order's number is the digits 0 to 9 with which its text ends, so its last digit decides, be the order a
    count (`1763704084`), a time stamp of Data Flow's time source (`11/21/26 06:08:04`) or an id (`table-7`).
    White space and quotes around the text do not count. Whatever ends otherwise raises NotAnOrder.
    """
    if order is None:
        raise NotAnOrder("The order has no value.")
    last = order[-1:]
    if not last.isdigit():
        last = order.rstrip(_QUOTES_AND_SPACE)[-1:]
        if not last:
            raise NotAnOrder("The order is empty.")
        if not last.isdigit():
            raise NotAnOrder("The order does not end in a digit.")
    return Drink.COLD if last[0] & 1 else Drink.HOT

"""What is remembered between requests, and for how long."""

from __future__ import annotations

from localcloud.xsuaa.store import ExpiringStore


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_thing_can_be_had_until_its_time_is_over() -> None:
    clock = Clock()
    shelf: ExpiringStore[str] = ExpiringStore(300, clock)
    shelf.put("name", "thing")
    clock.now = 299.9
    assert shelf.get("name") == "thing"
    clock.now = 300
    assert shelf.get("name") is None
    assert shelf.take("name") is None


def test_what_is_taken_is_gone() -> None:
    shelf: ExpiringStore[str] = ExpiringStore(300, Clock())
    shelf.put("name", "thing")
    assert shelf.take("name") == "thing"
    assert shelf.take("name") is None
    assert shelf.get("name") is None


def test_what_is_over_takes_no_room() -> None:
    clock = Clock()
    shelf: ExpiringStore[str] = ExpiringStore(300, clock)
    for clock.now in range(10_000):
        shelf.put(str(clock.now), "thing")
    assert len(shelf) == 300


def test_names_cannot_be_guessed() -> None:
    names = {ExpiringStore.new_name() for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(name) >= 32 for name in names)

"""What a suite's run came to: tests by their names, without those that are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass
class Outcomes:
    """The tests that ran: passed, failed with a reason, and skipped by the suite itself."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


def report(outcomes: Outcomes, left_out: Mapping[str, str]) -> str:
    """The figures, what is left out and why, and what failed. `left_out` has patterns of names."""

    def is_left_out(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in left_out)

    ran = outcomes.passed | set(outcomes.failed)
    counted = {name for name in ran if not is_left_out(name)}
    passed = counted & outcomes.passed
    share = 100 * len(passed) / max(1, len(counted))
    all_of_them = 100 * len(outcomes.passed) / max(1, len(ran))
    lines = [
        f"{len(passed)} of {len(counted)} passed: {share:.1f} %",
        f"{all_of_them:.1f} % of {len(ran)} with those that are left out",
        f"{len(outcomes.skipped)} skipped by the suite itself",
        "",
        "Left out:",
        *(f"  {pattern}: {why}" for pattern, why in left_out.items()),
        "",
        "Failed:",
        *(f"  {name}: {outcomes.failed[name]}" for name in sorted(counted - passed)),
    ]
    return "\n".join(lines)

"""What a client cannot do by itself: the cases that are left out for it, and why."""

from __future__ import annotations

_FLOATS = "whole numbers beside NULLs become floating-point numbers in pandas"
_COMMITS = "its uploads commit by themselves"

LIMITS: dict[tuple[str, str], str] = {
    ("node-hdb", "test_a_statement_that_takes_too_long_ends"): "it has no time-out for a statement",
    **{
        (client, "test_a_statement_that_takes_too_long_ends"): "it leaves time-outs to its driver"
        for client in ("sqlalchemy", "pandas", "alembic", "hana-ml")
    },
    ("hana-ml", "test_a_prepared_statement_finds_rows"): "its queries have no parameters",
    ("hana-ml", "test_a_query_takes_a_text_of_ten_megabytes"): "its queries have no parameters",
    **{
        (client, "test_a_query_takes_a_text_of_ten_megabytes"): "it sends no more than the first message"
        for client in ("go", "go-1.16")
    },
    ("hana-ml", "test_what_is_rolled_back_is_gone_and_what_is_committed_stays"): _COMMITS,
    **{
        (client, f"test_values_come_back_as_they_went[{client}-{type_}]"): _FLOATS
        for client in ("pandas", "hana-ml")
        for type_ in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
    },
}
"""By the client, and the test or one case of it."""

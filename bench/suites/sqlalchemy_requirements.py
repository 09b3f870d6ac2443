"""What HANA has and has not, for the tests of sqlalchemy-hana: its package leaves its own list out.

Each name is a property of SQLAlchemy's or alembic's `SuiteRequirements`; the others stay as they are there.
"""

from __future__ import annotations

from typing import Any

from alembic.testing.requirements import SuiteRequirements as AlembicRequirements
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

_HAS = """
autocommit autocommit_isolation autoincrement_insert autoincrement_without_sequence boolean_col_expressions
check_constraint_reflection comment_reflection comment_reflection_full_unicode computed_columns
computed_columns_default_persisted computed_columns_reflect_persisted computed_columns_stored
computed_columns_virtual cross_schema_fk_reflection ctes date_historic datetime_historic datetime_literals
delete_from except_ fk_constraint_option_reflection_ondelete_restrict
fk_constraint_option_reflection_onupdate_restrict fk_ondelete_is_reflected fk_onupdate_is_reflected
foreign_key_constraint_name_reflection foreign_key_constraint_option_reflection_ondelete
foreign_key_constraint_option_reflection_onupdate graceful_disconnects has_temp_table identity_columns
identity_columns_standard intersect isolation_level json_type mod_operator_as_percent_sign
order_by_label_with_expression percent_schema_names precision_numerics_enotation_small
precision_numerics_general precision_numerics_many_significant_digits reflects_fk_options reflects_pk_names
regexp_match regexp_replace savepoints schema_create_delete sequences_optional temp_table_names
timestamp_microseconds tuple_in two_phase_transactions unicode_ddl unique_constraint_reflection
unique_constraints_reflect_as_index unique_index_reflect_as_unique_constraints update_from view_reflection
views window_functions
"""

_HAS_NOT = """
array_type computed_doesnt_reflect_as_server_default computed_reflects_as_server_default
ctes_with_update_delete expressions_against_unbounded_text fk_ondelete_noaction identity_columns_alter
independent_readonly_connections selectone sql_expression_limit_offset time_microseconds unbounded_varchar
uuid_data_type
"""


class Requirements(SuiteRequirements, AlembicRequirements):
    """Filled from the two lists."""

    def get_isolation_levels(self, _: Any) -> dict[str, str | list[str]]:
        levels = ["READ COMMITTED", "SERIALIZABLE", "REPEATABLE READ", "AUTOCOMMIT"]
        return {"default": "READ COMMITTED", "supported": levels}


for _names, _made in ((_HAS, exclusions.open), (_HAS_NOT, exclusions.closed)):
    for _name in _names.split():
        setattr(Requirements, _name, property(lambda _, made=_made: made()))  # type: ignore[misc]

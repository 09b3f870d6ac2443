"""Compiles trees into sqlite's SQL, following the types that HANA would see."""

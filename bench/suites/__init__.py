"""The tests that drivers bring along, run against the local HANA: `python -m bench.suites NAME`."""

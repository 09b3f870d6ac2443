"""A start that cannot succeed ends in one sentence, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"TOKONOMA_THREADS": "many"}, "TOKONOMA_THREADS must be a whole number"),
        ({"VCAP_SERVICES": "{}"}, "No XSUAA service is bound"),
        ({"VCAP_SERVICES": "no json"}, "VCAP_SERVICES or VCAP_APPLICATION is not the JSON"),
        (
            {"VCAP_SERVICES_FILE_PATH": "/nowhere"},
            "VCAP_SERVICES_FILE_PATH leads to a place, which cannot be",
        ),
        ({"VCAP_SERVICES_FILE_PATH": __file__}, "is not the JSON that Cloud Foundry writes"),
        ({"SERVICE_BINDING_ROOT": "/nowhere"}, "SERVICE_BINDING_ROOT leads to a place, which cannot be"),
    ],
)
def test_a_start_that_fails_is_one_sentence_and_leaves_no_folder(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("VCAP", "PROM"))}
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "server:app"],
        cwd=PROJECT,
        env={**inherited, "TMPDIR": str(tmp_path), "PORT": "1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert output.count(sentence) == 1
    assert "Traceback" not in output
    assert not list(tmp_path.iterdir())

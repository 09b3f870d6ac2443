"""The container's HEALTHCHECK: exits with 0 if `/health` answers 200. The image has no curl."""

import os
import sys
from http.client import HTTPConnection, HTTPException

try:
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 3000), timeout=2)
    connection.request("GET", "/health")
    sys.exit(connection.getresponse().status != 200)
except (OSError, HTTPException, ValueError) as error:
    sys.exit(f"not healthy: {type(error).__name__}")

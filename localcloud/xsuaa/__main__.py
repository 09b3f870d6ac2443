"""`python -m localcloud.xsuaa`: the local XSUAA alone, for any other application that signs people in."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from localcloud.option_paths import complaint
from localcloud.ports import port_number, why_not
from localcloud.program_name import program_name
from localcloud.shutdown import Shutdown, ShutdownRequested

from .descriptor import DescriptorError
from .local import LocalXsuaa


def main() -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit code."""
    arguments = _arguments()
    shutdown = Shutdown()
    shutdown.listen()
    try:
        local = LocalXsuaa(
            arguments.descriptor,
            redirect_uris=arguments.redirect_uri,
            http_port=arguments.port,
            tls_port=arguments.tls_port,
        )
        arguments.folder.mkdir(parents=True, exist_ok=True)
        # Last, because what the arguments name stays wrong whoever has the port.
        for option, port in (("--port", arguments.port), ("--tls-port", arguments.tls_port)):
            if port and (why := why_not(port)):
                print(f"Port {port} {why}; choose another with {option}.", file=sys.stderr)
                return 1
        with local as xsuaa:
            certificate, binding = _write(xsuaa, arguments.folder)
            print(f"Local XSUAA    {xsuaa.url}")
            print(f"Its keys       https://{xsuaa.uaadomain}/token_keys")
            print(f"Who signs in   {', '.join(xsuaa.users)}; the password is the name")
            print(f"Certificate    {certificate}  (for SSL_CERT_FILE)")
            print(f"Binding        {binding}  (credentials; readable by you only)")
            print("Stop           Ctrl-C", flush=True)
            shutdown.wait()
    except ShutdownRequested:
        return 0
    except DescriptorError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        said, code = complaint(error, {"--folder": arguments.folder})
        print(f"The local XSUAA cannot start: {said}", file=sys.stderr)
        return code
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program_name("localcloud.xsuaa"), description="The local XSUAA alone."
    )
    parser.add_argument(
        "--descriptor", type=Path, default=Path("xs-security.json"), help="default: ./xs-security.json"
    )
    parser.add_argument(
        "--port", type=port_number, default=5051, help="of the pages, http (default 5051; 0: any)"
    )
    parser.add_argument(
        "--tls-port", type=port_number, default=5052, help="of the keys (default 5052; 0: any)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(".localcloud"), help="for the certificate and the binding"
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="PATTERN",
        help="allow this beside the descriptor's own, http://localhost:5000/** say; may be repeated",
    )
    return parser.parse_args()


def _write(xsuaa: LocalXsuaa, folder: Path) -> tuple[Path, Path]:
    certificate, binding = folder / "xsuaa-authority.pem", folder / "xsuaa-binding.json"
    certificate.write_text(xsuaa.certificate)
    # Made anew, so that nobody has it open and it is the owner's from the first byte on.
    binding.unlink(missing_ok=True)
    binding.touch(mode=0o600)
    binding.write_text(json.dumps(xsuaa.binding(), indent=2) + "\n")
    return certificate, binding


if __name__ == "__main__":
    sys.exit(main())

"""The tokens, and the one line of JSON that each way of calling a library comes to."""
import json
import logging
import pathlib
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
logging.disable()
GIVEN = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
HERE, ISSUER, PEM, JWK = (GIVEN[name] for name in ("here", "issuer", "pem", "jwk"))


def measure(package, call, accept, untried=()):
    """`accept` takes a token's text: it raises, or says something false, where the token is refused."""
    accepted = []
    for name, token in GIVEN["tokens"].items():
        if name in untried:
            continue
        try:
            if accept(token):
                accepted.append(name)
        except Exception:
            continue
    row = {"package": f"pypi:{package}", "version": version(package), "call": call, "accepts": accepted}
    print(json.dumps({**row, "untried": untried}))

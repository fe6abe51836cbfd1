"""What PyJWT says of each token, configured as strictly as it allows.

    python pyjwt.py FILE

The file's first line is the configuration, each other line one token as a JSON string.
"""
import json
import sys

import jwt

with open(sys.argv[1], encoding="utf-8") as file:
    config, *tokens = [json.loads(line) for line in file]
KEYS = jwt.PyJWKSet.from_dict(config["jwks"]).keys
CLAIMS = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
OPTIONS = {"require": ["exp", "iss", "aud"], **{f"verify_{claim}": True for claim in CLAIMS}}


def verdict(token):
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        return f"refuse {type(error).__name__}"
    said = "refuse NoKey"
    for key in KEYS:
        if kid in (None, key.key_id):
            try:
                jwt.decode(token, key, algorithms=[key.algorithm_name], audience=config["audience"],
                           issuer=config["issuer"], leeway=config["leeway"], options=OPTIONS)
                return "admit"
            except jwt.PyJWTError as error:
                said = f"refuse {type(error).__name__}"
    return said


for token in tokens:
    print(verdict(token))

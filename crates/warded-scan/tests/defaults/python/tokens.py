"""Writes `../tokens.json`: tokens that differ in `aud` alone, and the key that checks them.

    python tokens.py

Made once and committed, so that every library is shown the very same tokens. The keys that signed them are thrown away.
"""
import json
import pathlib

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = "https://a.example/mcp"
ELSEWHERE = "https://b.example/mcp"
ISSUER = "https://issuer.example"
KEY_ID = "one"
AUDIENCES = {
    "own": {"aud": HERE},
    "own-list": {"aud": [HERE]},
    "shared": {"aud": [HERE, ELSEWHERE]},
    "foreign": {"aud": ELSEWHERE},
    "absent": {},
    "empty": {"aud": []},
    "number": {"aud": 7},
    # What a comparison of beginnings takes for the server's own.
    "longer": {"aud": HERE + ".evil.example"},
}


def signed(key, claims):
    always = {"iss": ISSUER, "sub": "somebody", "client_id": "client", "iat": 1_700_000_000, "exp": 4_102_444_800}
    # PyJWT's `encode` looks at claims; what is wrong on purpose goes around it.
    payload = json.dumps({**always, **claims}).encode()
    return jwt.api_jws.encode(payload, key, algorithm="RS256", headers={"kid": KEY_ID, "typ": "JWT"})


key, stranger = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
tokens = {name: signed(key, claims) for name, claims in AUDIENCES.items()}
tokens["forged"] = signed(stranger, AUDIENCES["own"])
public = key.public_key()
pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
jwk = {**jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True), "kid": KEY_ID, "use": "sig", "alg": "RS256"}
jwk.pop("key_ops", None)
file = pathlib.Path(__file__).parent.parent / "tokens.json"
said = {"here": HERE, "issuer": ISSUER, "pem": pem, "jwk": jwk, "tokens": tokens}
file.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")

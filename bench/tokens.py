"""Keys and tokens: good ones by the thousand, and one of each kind that must be refused."""

import base64
import hashlib
import hmac
import json
import time
import uuid

from machine import WORK

ISSUER = "https://as.example"
A, B = "https://a.example/mcp", "https://b.example/mcp"
MANY = 10_000
DAY = 24 * 60 * 60
FOLDER = WORK / "tokens"
KEYS = FOLDER / "jwks.json"

# What must be refused, and why: changes of a good token's claims.
CHANGED = {
    "for the other server": {"aud": B},
    "for nobody": {"aud": None},
    "for the origin": {"aud": "https://a.example"},
    "for a longer name": {"aud": A + ".evil.example"},
    "for a name with a slash": {"aud": A + "/"},
    "of another issuer": {"iss": "https://evil.example"},
    "expired": {"iat": -7200, "nbf": -7200, "exp": -3600},
    "without an end": {"exp": None},
    "not yet good": {"nbf": 7200, "exp": 9000},
}


def path(name):
    return FOLDER / f"{name.replace(' ', '-')}.txt"


def first(name):
    return path(name).read_text().split("\n", 1)[0]


def make():
    """Writes them all. They are good for seven days."""
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    FOLDER.mkdir(parents=True, exist_ok=True)
    own, rogue = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    rs256 = rsa.generate_private_key(65537, 2048)
    plain = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    number = lambda value: plain(value.to_bytes((value.bit_length() + 7) // 8, "big"))
    point, modulus = own.public_key().public_numbers(), rs256.public_key().public_numbers()
    both = {"use": "sig"}
    keys = [
        {**both, "kid": "es256", "alg": "ES256", "kty": "EC", "crv": "P-256",
         "x": plain(point.x.to_bytes(32, "big")), "y": plain(point.y.to_bytes(32, "big"))},
        {**both, "kid": "rs256", "alg": "RS256", "kty": "RSA", "n": number(modulus.n), "e": number(modulus.e)},
    ]
    KEYS.write_text(json.dumps({"keys": keys}))
    pem = lambda key: key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (FOLDER / "es256.pem").write_bytes(pem(own))
    now = int(time.time())

    def claims(**changes):
        relative = {name: now + value for name, value in changes.items() if isinstance(value, int)}
        said = {"iss": ISSUER, "sub": "user-1", "aud": A, "client_id": "https://client.example/me.json",
                "scope": "mcp:tools docs:read", "iat": now, "nbf": now, "exp": now + 7 * DAY,
                "jti": str(uuid.uuid4()), **changes, **relative}
        return {name: value for name, value in said.items() if value is not None}

    def signed(key=own, algorithm="ES256", kid="es256", **changes):
        return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid, "typ": "at+jwt"})

    def unsigned(header, sign):
        text = ".".join(plain(json.dumps(part).encode()) for part in (header, claims()))
        return f"{text}.{plain(sign(text.encode()))}"

    write = lambda name, *tokens: path(name).write_text("\n".join(tokens) + "\n")
    write("one", signed())
    write("many", *(signed(sub=f"user-{count}") for count in range(MANY)))
    for name, changes in CHANGED.items():
        write(name, signed(**changes))
    write("by another key", signed(key=rogue))
    good = signed()
    flipped = "B" if good[-20] == "A" else "A"
    write("with a broken signature", good[:-20] + flipped + good[-19:])
    write("of algorithm none", unsigned({"alg": "none", "typ": "at+jwt"}, lambda text: b""))
    write("of a symmetric algorithm", unsigned(
        {"alg": "HS256", "typ": "at+jwt", "kid": "rs256"},
        lambda text: hmac.new(pem(rs256), text, hashlib.sha256).digest()))


# Some gates are content with these; it is told, and they are measured all the same.
LENIENT = ["for a name with a slash", "without an end"]
REFUSED = [*CHANGED, "by another key", "with a broken signature", "of algorithm none", "of a symmetric algorithm"]

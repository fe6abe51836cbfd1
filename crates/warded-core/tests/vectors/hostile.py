#!/usr/bin/env python3
"""Generate hostile.json: malformed and hostile compact JWTs with the refusal each must get.

    python3 hostile.py            # rewrites hostile.json beside this file
    python3 hostile.py --check    # regenerates in memory and compares, writes nothing

Needs: cryptography==50.0.2, and nothing else outside the standard library.

The output is the same on every run: the keys are read from keys.json (made once, if absent),
Ed25519 and RSA PKCS#1 v1.5 are deterministic, ECDSA uses RFC 6979 nonces, and PSS is built here
with a fixed salt. No clock and no randomness enter.

Fixed configuration the cases assume
    issuer           https://issuer.example          (its list: EdDSA, ES256, RS256)
    this server      https://notes.example.com/mcp
    neighbour        https://files.example.com/mcp   (another server of the same fleet)
    now 1800000000, leeway 60 s, longest lifetime 86400 s (exp - iat), typ at+jwt required
    token presented as a plain bearer token

Order of checks, first failure wins
    size, parts, the header (base64, JSON form, members, algorithm support, crit), the claims
    (base64, JSON form), the signature's base64, issuer known, algorithm allowed, key, signature,
    then typ, claim form, audience form, lifetime, audience, sender.
Every token is faulty in one place only and correct (and well signed) before that place, except
the cases named order-..., which have two faults on purpose.

Readings taken where a rule could be read two ways
    - depth: the outermost object is level 1, so 16 levels pass and 17 do not;
    - size: 16384 bytes pass and 16385 do not;
    - a claim whose value is null is malformed, never absent;
    - a time is between 1970 and 9999, may have a fraction, and is rounded down;
    - lifetime is exp - iat, with no leeway added;
    - a token is expired from exp + leeway on, and usable from nbf - leeway on;
    - audiences are compared in the canonical form of RFC 3986 section 6.2.2 and 6.2.3.

A token is written as text or, where that is shorter, as a list of pieces: text, the position of a
text in "shared", or [text, times].
"""
import base64
import hashlib
import hmac
import json
import os
import re
import sys
import zlib
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.x509.oid import NameOID

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS_FILE = os.path.join(HERE, "keys.json")
OUT_FILE = os.path.join(HERE, "hostile.json")

NOW = 1800000000
LEEWAY = 60
MAX_LIFETIME = 86400
MAX_TOKEN = 16384
MAX_DEPTH = 16
ISSUER = "https://issuer.example"
HERE_AUD = "https://notes.example.com/mcp"
NEIGHBOUR = "https://files.example.com/mcp"


# --- encoding -------------------------------------------------------------------------------

def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def num(text):
    return int.from_bytes(unb64(text), "big")


def fixed(value, width=None):
    return b64(value.to_bytes(width or (value.bit_length() + 7) // 8, "big"))


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


# --- keys -----------------------------------------------------------------------------------

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(),
          "secp256k1": ec.SECP256K1()}


def make_keys():
    def okp():
        k = ed25519.Ed25519PrivateKey.generate()
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(k.public_key().public_bytes_raw()),
                "d": b64(k.private_bytes_raw())}

    def ecc(name):
        k = ec.generate_private_key(CURVES[name])
        n, w = k.private_numbers(), (k.key_size + 7) // 8
        return {"kty": "EC", "crv": name, "x": fixed(n.public_numbers.x, w),
                "y": fixed(n.public_numbers.y, w), "d": fixed(n.private_value, w)}

    def rsa_(bits):
        n = rsa.generate_private_key(65537, bits).private_numbers()
        return {"kty": "RSA", "n": fixed(n.public_numbers.n), "e": "AQAB", "d": fixed(n.d),
                "p": fixed(n.p), "q": fixed(n.q), "dp": fixed(n.dmp1), "dq": fixed(n.dmq1),
                "qi": fixed(n.iqmp)}

    return {
        "_warning": "TEST KEYS ONLY. These private keys are published on purpose so that "
                    "hostile.json can be made again. Never trust them anywhere.",
        "issuer": {"ed": okp(), "ec": ecc("P-256"), "rsa": rsa_(2048)},
        "attacker": {"ed": okp(), "ec": ecc("P-256"), "rsa": rsa_(2048), "p384": ecc("P-384"),
                     "p521": ecc("P-521"), "k256": ecc("secp256k1")},
    }


def load_private(j):
    if j["kty"] == "OKP":
        return ed25519.Ed25519PrivateKey.from_private_bytes(unb64(j["d"]))
    if j["kty"] == "EC":
        pub = ec.EllipticCurvePublicNumbers(num(j["x"]), num(j["y"]), CURVES[j["crv"]])
        return ec.EllipticCurvePrivateNumbers(num(j["d"]), pub).private_key()
    pub = rsa.RSAPublicNumbers(num(j["e"]), num(j["n"]))
    return rsa.RSAPrivateNumbers(num(j["p"]), num(j["q"]), num(j["d"]), num(j["dp"]),
                                 num(j["dq"]), num(j["qi"]), pub).private_key()


def with_pkcs8(owners):
    """The tests in Rust read their private keys in this form."""
    for owner in ("issuer", "attacker"):
        for k in owners[owner].values():
            k["pkcs8"] = b64(load_private(k).private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                                           serialization.NoEncryption()))
    return owners


if not os.path.exists(KEYS_FILE):
    with open(KEYS_FILE, "w") as f:
        json.dump(with_pkcs8(make_keys()), f, indent=1)
        f.write("\n")
with open(KEYS_FILE) as f:
    STORED = json.load(f)
KEY = {k: load_private(v) for k, v in STORED["issuer"].items()}
KEY.update({"att-" + k: load_private(v) for k, v in STORED["attacker"].items()})
PUBLIC = {k: {m: v[m] for m in ("kty", "crv", "x", "y", "n", "e") if m in v}
          for k, v in STORED["issuer"].items()}
ATT_PUBLIC = {k: {m: v[m] for m in ("kty", "crv", "x", "y", "n", "e") if m in v}
              for k, v in STORED["attacker"].items()}
JWKS = {"keys": [
    {**PUBLIC["ed"], "kid": "ed", "use": "sig", "alg": "EdDSA"},
    {**PUBLIC["ec"], "kid": "ec", "use": "sig", "alg": "ES256"},
    {**PUBLIC["rsa"], "kid": "rsa", "use": "sig", "alg": "RS256"},
]}


# --- signatures -----------------------------------------------------------------------------

HASH = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED_L = 2**252 + 27742317777372353535851937790883648493


def rsa_raw(key, em):
    n = key.private_numbers()
    return pow(int.from_bytes(em, "big"), n.d, n.public_numbers.n).to_bytes(256, "big")


def pkcs1(key, info):
    return rsa_raw(key, b"\x00\x01" + b"\xff" * (253 - len(info)) + b"\x00" + info)


def pss(key, h, msg):
    """RFC 8017 EMSA-PSS with MGF1 and an all-zero salt of hash length (fixed, so repeatable)."""
    name, size = h.name, h.digest_size
    salt = bytes(size)
    digest = hashlib.new(name, bytes(8) + hashlib.new(name, msg).digest() + salt).digest()
    db = bytes(256 - 2 * size - 2) + b"\x01" + salt
    mask = b"".join(hashlib.new(name, digest + i.to_bytes(4, "big")).digest()
                    for i in range(len(db) // size + 1))
    masked = bytearray(a ^ b for a, b in zip(db, mask))
    masked[0] &= 0x7F
    sig = rsa_raw(key, bytes(masked) + digest + b"\xbc")
    key.public_key().verify(sig, msg, padding.PSS(padding.MGF1(h), size), h)
    return sig


def sign(key, alg, msg):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(msg)
    h = HASH.get(alg[2:5], hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        der = key.sign(msg, ec.ECDSA(h, deterministic_signing=True))
        w = (key.key_size + 7) // 8
        return b"".join(v.to_bytes(w, "big") for v in utils.decode_dss_signature(der))
    return pss(key, h, msg) if alg.startswith("PS") else key.sign(msg, padding.PKCS1v15(), h)


# --- tokens ---------------------------------------------------------------------------------

ALG = {"ed": "EdDSA", "ec": "ES256", "rsa": "RS256"}
DROP = object()


def edited(base, changes):
    out = dict(base)
    for k, v in changes.items():
        if v is DROP:
            out.pop(k, None)
        else:
            out[k] = v
    return out


def claims(**changes):
    return edited({"iss": ISSUER, "sub": "alice", "aud": HERE_AUD, "exp": NOW + 300,
                   "iat": NOW - 10, "jti": "jti-1", "client_id": "app", "scope": "notes:read"},
                  changes)


def header(kid="ed", **changes):
    return edited({"typ": "at+jwt", "alg": ALG.get(kid, "EdDSA"), "kid": kid}, changes)


def token(h=None, p=None, key=None, sig=None, alg=None):
    """h and p are objects or raw bytes; key is a name; sig is bytes or a function of (msg, good)."""
    h = header() if h is None else h
    p = claims() if p is None else p
    if key is None:
        key = h.get("kid") if isinstance(h, dict) and h.get("kid") in ALG else "ed"
    if alg is None:
        alg = h.get("alg") if isinstance(h, dict) and isinstance(h.get("alg"), str) else "EdDSA"
    hb = h if isinstance(h, bytes) else dump(h)
    pb = p if isinstance(p, bytes) else dump(p)
    msg = b64(hb) + "." + b64(pb)
    if isinstance(sig, bytes):
        s = sig
    else:
        s = sign(KEY[key], alg, msg.encode())
        if sig:
            s = sig(msg.encode(), s)
    return msg + "." + b64(s)


def with_claims(**changes):
    return token(p=claims(**changes))


def with_header(**changes):
    return token(h=header(**changes))


def payload_text(old, new, **changes):
    """A signed token whose payload has one piece of JSON text replaced by another."""
    raw = dump(claims(**changes))
    old, new = (x.encode() if isinstance(x, str) else x for x in (old, new))
    assert raw.count(old) == 1, old
    return token(p=raw.replace(old, new))


def header_text(old, new, kid="ed"):
    raw = dump(header(kid))
    old, new = (x.encode() if isinstance(x, str) else x for x in (old, new))
    assert raw.count(old) == 1, old
    return token(h=raw.replace(old, new), key=kid, alg=ALG[kid])


CASES = []


def case(name, expect, tok, why):
    CASES.append({"id": name, "token": tok, "expect": expect, "why": why})


GOOD = token()
GH, GP, GS = GOOD.split(".")


# --- good tokens ----------------------------------------------------------------------------

def controls():
    case("good-ed", "admit", GOOD, "good token, EdDSA")
    case("good-ec", "admit", token(header("ec")), "good token, ES256")
    case("good-rsa", "admit", token(header("rsa")), "good token, RS256")
    case("good-aud-array-of-one", "admit", with_claims(aud=[HERE_AUD]),
         "an array of one audience says the same as the string")
    case("good-unknown-members", "admit",
         token(header(**{"x-ext": {"a": 1}}), claims(**{"x-ext": [1, {"b": None}], "Aud": NEIGHBOUR})),
         "unknown header members and claims are passed over; Aud is not aud")
    case("good-json-whitespace", "admit",
         token(b'{\r\n "typ" : "at+jwt",\t"alg":"EdDSA" ,\n"kid":"ed" }\n',
               b" \r\n" + dump(claims()).replace(b",", b" ,\r\n\t") + b" "),
         "white space that JSON allows, as in RFC 7515 A.1")
    case("good-json-escapes", "admit",
         token(b'{"t\\u0079p":"at\\u002bjwt","alg":"Ed\\u0044SA","kid":"\\u0065d"}',
               dump(claims()).replace(b"/", b"\\/")),
         "escaped spellings of the same strings; the decoded values count")
    case("good-names-differ-in-normal-form", "admit",
         with_claims(**{"caf\u00e9": 1, "cafe\u0301": 2}),
         "two names that only Unicode normalization would make equal are not duplicates")
    case("good-same-name-at-two-levels", "admit", with_claims(ext={"aud": NEIGHBOUR, "iss": "x"}),
         "the same name in two different objects is not a duplicate")
    case("good-typ-media-type", "admit", with_header(typ="application/at+jwt"),
         "RFC 9068 section 4 asks to accept this spelling too")
    case("good-typ-case", "admit", with_header(typ="Application/AT+JWT"), "media types know no case")
    case("good-exp-within-leeway", "admit", with_claims(exp=NOW - 59, iat=NOW - 400),
         "expired 59 s ago, leeway is 60 s")
    case("good-nbf-within-leeway", "admit", with_claims(nbf=NOW + 60), "nbf 60 s ahead")
    case("good-iat-within-leeway", "admit", with_claims(iat=NOW + 60), "iat 60 s ahead")
    case("good-longest-lifetime", "admit", with_claims(iat=NOW - 10, exp=NOW - 10 + MAX_LIFETIME),
         "exp - iat is exactly the longest lifetime")
    case("good-exp-fraction", "admit", with_claims(exp=NOW + 300.5),
         "RFC 7519 lets a NumericDate have a fraction")
    case("good-nbf-fraction-within-leeway", "admit", with_claims(nbf=NOW + 60.9), "60.9 s ahead is 60 s ahead, rounded down")
    for k in ("ed", "ec", "rsa"):
        case(f"good-no-kid-{k}", "admit", token(edited(header(k), {"kid": DROP}), key=k),
             f"no kid: the keys for {ALG[k]} are tried")
    case("good-alg-ed25519-name", "admit", with_header(alg="Ed25519"), "the fully specified name of RFC 9864 for the same algorithm")
    for name, v in (("host-case", "https://NOTES.example.com/mcp"), ("scheme-case", "HTTPS://notes.example.com/mcp"),
                    ("default-port", "https://notes.example.com:443/mcp"), ("percent-letter", "https://notes.example.com/%6dcp")):
        case(f"good-aud-{name}", "admit", with_claims(aud=v),
             f"aud is {json.dumps(v)}: another spelling of one identifier (RFC 3986 section 6.2.2 and 6.2.3)")
    case("good-exp-exponent", "admit", payload_text(f'"exp":{NOW + 300}', '"exp":1.8000003e9'),
         "the same whole number in exponent form")
    case("good-azp-equal", "admit", with_claims(azp="app"), "client_id and azp agree")
    case("good-scp-equal", "admit", with_claims(scp=["notes:read"]),
         "scope and scp both present and saying the same")
    case("good-several-scopes", "admit", with_claims(scope="notes:read notes:write !#[]~"),
         "every kind of character that RFC 6749 allows in a scope")
    case("good-high-s", "admit",
         token(header("ec"), sig=lambda m, s: s[:32] + (P256_N - int.from_bytes(s[32:], "big")).to_bytes(32, "big")),
         "r, n-s is a second correct ECDSA signature; JWS does not ask for low s")
    case("good-depth-16", "admit", with_claims(ext=nested(15)), "16 levels counting the payload object")
    case("good-depth-brackets-in-string", "admit", with_claims(ext="[" * 40 + "{" * 40),
         "brackets inside a string are not nesting")
    case("good-size-16384", "admit", sized(MAX_TOKEN), "exactly 16384 bytes")


def nested(levels, inner=1):
    v = inner
    for _ in range(levels):
        v = [v]
    return v


def sized(n):
    """A good token of exactly n bytes."""
    for extra in range(4):
        h = header(**({"x-pad": "h" * extra} if extra else {}))
        base = len(token(h, claims(pad="")))
        for pad in range(max(0, (n - base) * 3 // 4 - 8), (n - base) * 3 // 4 + 8):
            t = token(h, claims(pad="p" * pad))
            if len(t) == n:
                return t
    raise SystemExit("size not reachable")


# --- shape ----------------------------------------------------------------------------------

def size_and_parts():
    c = "token-too-large"
    case("size-16385", c, sized(MAX_TOKEN + 1), "a well signed token one byte over the limit")
    case("size-40000", c, sized(40000), "a well signed token far over the limit")
    case("size-dots", c, "." * (MAX_TOKEN + 1), "16385 dots: size is looked at before parts")
    case("size-one-part", c, "A" * (MAX_TOKEN + 1), "16385 letters, no dot")
    case("size-signature", c, f"{GH}.{GP}.{'A' * MAX_TOKEN}", "the signature alone fills the limit")
    c = "token-parts"
    case("parts-empty", c, "", "empty string")
    case("parts-one", c, "opaque-token-4711", "an opaque token")
    case("parts-two", c, f"{GH}.{GP}", "signature and its dot missing")
    case("parts-one-dot", c, ".", "two empty parts")
    case("parts-four", c, GOOD + ".AAAA", "a fourth part")
    case("parts-trailing-dot", c, GOOD + ".", "a fourth, empty part")
    case("parts-leading-dot", c, "." + GOOD, "an empty part in front")
    case("parts-six", c, GOOD + "." + GOOD, "two tokens run together")
    case("parts-seven", c, ".".join("AAAAAAA"), "seven parts")
    case("parts-json-flattened", c,
         json.dumps({"protected": GH, "payload": GP, "signature": GS}, separators=(",", ":")),
         "JWS JSON serialization of a good token")
    case("parts-json-general", c,
         json.dumps({"payload": GP, "signatures": [{"protected": GH, "signature": GS}]}, separators=(",", ":")),
         "JWS JSON general serialization of a good token")
    case("parts-sd-jwt", c, f"{GH}.{GP}~{b64(b'[]')}~", "selective-disclosure form without a signature part")
    c = "token-encrypted"
    jwe = b64(dump({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "rsa", "typ": "at+jwt"}))
    case("jwe-rsa-oaep", c, f"{jwe}.{b64(bytes(256))}.{b64(bytes(12))}.{b64(bytes(64))}.{b64(bytes(16))}",
         "five parts with a JWE header")
    jwe = b64(dump({"alg": "dir", "enc": "A256GCM"}))
    case("jwe-dir", c, f"{jwe}..{b64(bytes(12))}.{b64(bytes(64))}.{b64(bytes(16))}",
         "five parts, direct encryption, empty key part")
    case("jwe-five-empty", c, "....", "five empty parts")
    case("jwe-from-good", c, GOOD + ".AAAA.AAAA", "a good token with two more parts")


# --- base64 ---------------------------------------------------------------------------------

B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def spare_bits(part):
    """The same bytes with unused trailing bits set."""
    assert len(part) % 4 in (2, 3), len(part)
    return part[:-1] + B64[B64.index(part[-1]) + 1]


def find(pred, make):
    for i in range(100000):
        t = make(i)
        if pred(t):
            return t
    raise SystemExit("search failed")


def base64_form():
    c = "token-base64"
    h2 = find(lambda t: len(t.split(".")[0]) % 4 in (2, 3), lambda i: with_header(x="h" * i)).split(".")
    p2 = find(lambda t: len(t.split(".")[1]) % 4 in (2, 3), lambda i: with_claims(x="p" * i)).split(".")

    def resigned(h, p):
        return f"{h}.{p}.{b64(KEY['ed'].sign((h + '.' + p).encode()))}"

    def pad(part):
        return part + "=" * (-len(part) % 4)

    case("base64-padding-header", c, resigned(pad(h2[0]), h2[1]), "padding on the header, signed as it stands")
    case("base64-padding-payload", c, resigned(p2[0], pad(p2[1])), "padding on the payload, signed as it stands")
    case("base64-padding-signature", c, f"{GH}.{GP}.{GS}==", "padding on the signature")
    case("base64-padding-only-signature", c, f"{GH}.{GP}.=", "a signature of padding alone")
    case("base64-spare-bits-header", c, resigned(spare_bits(h2[0]), h2[1]), "unused trailing bits set in the header")
    case("base64-spare-bits-payload", c, resigned(p2[0], spare_bits(p2[1])), "unused trailing bits set in the payload")
    case("base64-spare-bits-signature", c, f"{GH}.{GP}.{spare_bits(GS)}",
         "unused trailing bits set in the signature: same bytes, second spelling of a good token")
    std = find(lambda t: "-" in t.split(".")[2] and "_" in t.split(".")[2],
               lambda i: with_claims(jti=f"jti-std-{i}")).split(".")
    case("base64-standard-signature", c, f"{std[0]}.{std[1]}.{std[2].replace('-', '+').replace('_', '/')}",
         "signature in the standard alphabet")
    stdp = b64(dump(claims(x="\u00ff\u00fe>>>???\u00ff\u00ff>?")))
    assert "-" in stdp or "_" in stdp
    case("base64-standard-payload", c, resigned(GH, stdp.replace("-", "+").replace("_", "/")),
         "payload in the standard alphabet, signed as it stands")
    for name, ch, what in (("space", " ", "a space"), ("newline", "\n", "a line feed"), ("tab", "\t", "a tab"),
                           ("crlf", "\r\n", "a line break"), ("nul", "\x00", "a NUL"), ("percent", "%3D", "%3D"),
                           ("bang", "!", "an exclamation mark"), ("tilde", "~", "a tilde"), ("comma", ",", "a comma"),
                           ("non-ascii", "\u00e9", "a non-ASCII letter"),
                           ("fullwidth", "\uff21", "a full-width A"), ("zero-width", "\u200b", "a zero-width space")):
        case(f"base64-{name}-in-payload", c, f"{GH}.{GP[:8]}{ch}{GP[8:]}.{GS}", f"{what} inside the payload part")
    case("base64-space-in-front", c, " " + GOOD, "a space before the token")
    case("base64-newline-at-end", c, GOOD + "\n", "a line feed after the token")
    case("base64-space-at-end", c, GOOD + " ", "a space after the token")
    case("base64-bearer-in-front", c, "Bearer " + GOOD, "the scheme name left in")
    case("base64-quoted", c, f'"{GOOD}"', "the token in quotation marks")
    case("base64-length-1-mod-4", c, f"{GH}.{GP}.{'A' * 85}", "85 letters cannot be base64")
    case("base64-one-letter", c, f"{GH}.{GP}.A", "one letter cannot be base64")
    case("base64-list-of-tokens", c, f"{GH}.{GP}.{GS},{'A' * 8}", "two values joined by a comma")


# --- JSON form ------------------------------------------------------------------------------

def json_form():
    c = "token-json"
    for name, raw, what in (
            ("empty", b"", "no bytes at all"), ("text", b"not json", "plain text"),
            ("array", b'[{"alg":"EdDSA"}]', "an array"), ("string", b'"at+jwt"', "a string"),
            ("number", b"1", "a number"), ("null", b"null", "null"),
            ("trailing", dump(header()) + b"x", "letters after the object"),
            ("two-objects", dump(header()) * 2, "two objects"),
            ("bom", b"\xef\xbb\xbf" + dump(header()), "a byte order mark in front"),
            ("bad-utf8", dump(header(x="?")).replace(b"?", b"\xff"), "a byte that is never UTF-8"),
            ("trailing-comma", dump(header())[:-1] + b",}", "a comma before the closing brace"),
            ("single-quotes", dump(header()).replace(b'"', b"'"), "single quotes"),
            ("comment", dump(header()) + b"/*x*/", "a comment"),
            ("unclosed", dump(header())[:-1], "closing brace missing"),
            ("nul-at-end", dump(header()) + b"\x00", "a NUL after the object")):
        case(f"json-header-{name}", c, token(raw), f"header is {what}" if len(raw) < 20 else f"header has {what}")
    good = dump(claims())
    for name, raw, what in (
            ("empty", b"", "no bytes at all"), ("text", b"hello", "plain text"), ("array", b"[" + good + b"]", "an array"),
            ("string", dump(good.decode()), "a JSON string holding the claims"), ("number", b"42", "a number"),
            ("true", b"true", "true"), ("trailing", good + b"]", "a bracket after the object"),
            ("second-object", good + b'{"aud":"x"}', "a second object behind the first"),
            ("bom", b"\xef\xbb\xbf" + good, "a byte order mark in front"),
            ("bad-utf8", good.replace(b"alice", b"al\xffce"), "a byte that is never UTF-8"),
            ("overlong-utf8", good.replace(b"alice", b"al\xc0\xa9ce"), "an overlong UTF-8 form"),
            ("surrogate-bytes", good.replace(b"alice", b"al\xed\xa0\x80ce"), "a surrogate encoded as UTF-8"),
            ("cut-utf8", good[:-2] + b"\xc3", "a character cut short at the end"),
            ("utf16", good.decode().encode("utf-16-le"), "UTF-16 text"),
            ("utf16-bom", b"\xff\xfe" + good.decode().encode("utf-16-le"), "UTF-16 text with a mark"),
            ("lone-surrogate-escape", good.replace(b"alice", b"\\ud800"), "an escaped surrogate without its pair"),
            ("bad-escape", good.replace(b"alice", b"\\x41lice"), "an escape JSON does not have"),
            ("short-escape", good.replace(b"alice", b"\\u00e"), "an escape with three digits"),
            ("control-character", good.replace(b"alice", b"al\nice"), "a raw line feed in a string"),
            ("nan", good.replace(str(NOW + 300).encode(), b"NaN"), "NaN"),
            ("infinity", good.replace(str(NOW + 300).encode(), b"Infinity"), "Infinity"),
            ("leading-zero", good.replace(str(NOW + 300).encode(), b"01800000300"), "a number with a leading zero"),
            ("plus-sign", good.replace(str(NOW + 300).encode(), b"+1800000300"), "a number with a plus sign"),
            ("hex-number", good.replace(str(NOW + 300).encode(), b"0x6b49d32c"), "a hexadecimal number"),
            ("bare-dot", good.replace(str(NOW + 300).encode(), b"1800000300."), "a number ending in a dot"),
            ("bare-name", good.replace(b'"sub"', b"sub"), "a name without quotes"),
            ("trailing-comma", good[:-1] + b",}", "a comma before the closing brace"),
            ("missing-comma", good.replace(b',"sub"', b'"sub"'), "a comma missing"),
            ("python-true", good[:-1] + b',"x":True}', "True with a capital"),
            ("unclosed", good[:-1], "the closing brace missing"),
            ("unclosed-string", good[:-2], "a string that never ends"),
            ("deflated", zlib.compress(good, 0), "a zlib stream"),
            ("nested-jwt", GOOD.encode(), "another JWT as payload"),
            ("base64-twice", b64(good).encode(), "base64 inside base64")):
        case(f"json-payload-{name}", c, token(p=raw), f"payload is or has {what}; signature is good")
    case("json-exp-overflows", c, payload_text(f'"exp":{NOW + 300}', '"exp":1e400'),
         "1e400 is JSON by grammar, but no double holds it")
    case("json-exp-400-digits", c, payload_text(f'"exp":{NOW + 300}', '"exp":' + "9" * 400),
         "400 digits are JSON by grammar, but no double holds them")

    c = "token-duplicate-member"
    for name, old, new, what in (
            ("header-alg", '"alg":"EdDSA"', '"alg":"EdDSA","alg":"none"', "alg twice, none last"),
            ("header-alg-first", '"alg":"EdDSA"', '"alg":"none","alg":"EdDSA"', "alg twice, none first"),
            ("header-kid", '"kid":"ed"', '"kid":"ec","kid":"ed"', "kid twice"),
            ("header-typ", '"typ":"at+jwt"', '"typ":"JWT","typ":"at+jwt"', "typ twice"),
            ("header-same-value", '"kid":"ed"', '"kid":"ed","kid":"ed"', "kid twice with one value"),
            ("header-escaped", '"alg":"EdDSA"', '"alg":"EdDSA","al\\u0067":"none"', "alg and al\\u0067"),
            ("header-nested", '"kid":"ed"', '"kid":"ed","x":{"a":1,"a":2}', "a duplicate inside a header object")):
        case(f"duplicate-{name}", c, header_text(old, new), what)
    aud = f'"aud":"{HERE_AUD}"'
    for name, old, new, what in (
            ("aud", aud, f'"aud":"{NEIGHBOUR}",{aud}', "aud twice, this server last"),
            ("aud-first", aud, f'{aud},"aud":"{NEIGHBOUR}"', "aud twice, this server first"),
            ("aud-escaped", aud, f'{aud},"a\\u0075d":"{NEIGHBOUR}"', "aud and a\\u0075d"),
            ("aud-all-escaped", aud, f'{aud},"\\u0061\\u0075\\u0064":"{NEIGHBOUR}"', "aud and aud all in escapes"),
            ("iss", f'"iss":"{ISSUER}"', f'"iss":"https://evil.example","iss":"{ISSUER}"', "iss twice"),
            ("sub", '"sub":"alice"', '"sub":"alice","sub":"root"', "sub twice"),
            ("exp", f'"exp":{NOW + 300}', f'"exp":{NOW + 300},"exp":{NOW + 300}', "exp twice with one value"),
            ("null", '"sub":"alice"', '"sub":null,"sub":"alice"', "sub twice, once null"),
            ("apart", '"sub":"alice"', '"scope":"admin","sub":"alice"', "scope twice, other claims between"),
            ("cnf", '"sub":"alice"', '"sub":"alice","cnf":{"jkt":"a","jkt":"b"}', "a duplicate inside cnf"),
            ("act", '"sub":"alice"', '"sub":"alice","act":{"sub":"a","act":{"sub":"b","sub":"c"}}', "a duplicate two levels down"),
            ("in-array", '"sub":"alice"', '"sub":"alice","x":[1,[{"k":1,"k":1}]]', "a duplicate in an object in an array"),
            ("empty-name", '"sub":"alice"', '"sub":"alice","":1,"":2', "the empty name twice"),
            ("escaped-slash", '"sub":"alice"', '"sub":"alice","a/b":1,"a\\/b":2', "a/b and a\\/b"),
            ("surrogate-pair", '"sub":"alice"', '"sub":"alice","\U0001f600":1,"\\ud83d\\ude00":2',
             "one character raw and as an escaped pair")):
        case(f"duplicate-{name}", c, payload_text(old, new), what)

    c = "token-too-deep"
    case("deep-payload-17", c, with_claims(ext=nested(16)), "17 levels counting the payload object")
    case("deep-payload-18", c, with_claims(ext=nested(17)), "18 levels")
    case("deep-payload-100", c, with_claims(ext=nested(100)), "100 levels")
    case("deep-payload-5000", c, token(p=dump(claims())[:-1] + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}"),
         "5000 levels: must not exhaust the stack")
    obj = 1
    for _ in range(30):
        obj = {"a": obj}
    case("deep-objects", c, with_claims(ext=obj), "30 objects in each other")
    mixed = 1
    for i in range(20):
        mixed = {"a": mixed} if i % 2 else [mixed]
    case("deep-mixed", c, with_claims(ext=mixed), "arrays and objects by turns")
    act = {"sub": "z"}
    for _ in range(20):
        act = {"sub": "y", "act": act}
    case("deep-act-chain", c, with_claims(act=act), "a chain of actors 21 long")
    case("deep-header-17", c, with_header(x=nested(16)), "17 levels in the header")
    case("deep-header-1000", c, token(dump(header())[:-1] + b',"x":' + b"[" * 1000 + b"]" * 1000 + b"}"),
         "1000 levels in the header")
    case("deep-unclosed", c, token(p=b"[" * 10000), "10000 brackets opened and none closed")


# --- header ---------------------------------------------------------------------------------

def header_form():
    c = "header-malformed"
    case("header-alg-missing", c, with_header(alg=DROP), "no alg")
    case("header-alg-upper-name", c, token(edited(header(), {"alg": DROP, "ALG": "EdDSA"})), "ALG is not alg")
    for name, v in (("null", None), ("number", 1), ("true", True), ("array", ["EdDSA"]), ("object", {"name": "EdDSA"})):
        case(f"header-alg-{name}", c, with_header(alg=v), f"alg is {name}")
    for name, v in (("number", 1), ("array", ["ed"]), ("object", {"kid": "ed"}), ("false", False), ("null", None)):
        case(f"header-kid-{name}", c, token(edited(header(), {"kid": v}), key="ed"), f"kid is {name}")
    case("header-kid-257", c, token(header("k" * 257)), "kid of 257 bytes")
    case("header-kid-257-multibyte", c, token(header("\u00e9" * 128 + "k")), "kid of 129 characters, 257 bytes")
    case("header-kid-8000", c, token(header("k" * 8000)), "kid of 8000 bytes")
    for name, v in (("number", 1), ("array", ["at+jwt"]), ("object", {"typ": "at+jwt"}), ("true", True), ("null", None)):
        case(f"header-typ-{name}", c, with_header(typ=v), f"typ is {name}")

    c = "algorithm-unsupported"
    for name, v in (("none", "none"), ("none-capital", "None"), ("none-upper", "NONE"), ("none-mixed", "nOnE"),
                    ("empty", "")):
        case(f"alg-{name}", c, token(header(alg=v), sig=b""), f"alg is {v!r}, signature empty")
    case("alg-none-with-signature", c, with_header(alg="none"), "alg none over a signature that is good otherwise")
    case("alg-none-no-kid", c, token({"typ": "at+jwt", "alg": "none"}, sig=b""), "alg none and no kid")
    pem = KEY["rsa"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = KEY["rsa"].public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def mac(alg, secret, kid):
        name = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[alg]
        return token(header(kid, alg=alg), sig=lambda m, s: hmac.new(secret, m, name).digest(), key="ed")

    case("alg-hs256-rsa-pem", c, mac("HS256", pem, "rsa"), "HMAC keyed with the RSA public key in PEM")
    case("alg-hs256-rsa-pem-stripped", c, mac("HS256", pem.strip(), "rsa"), "the same without the last line break")
    case("alg-hs256-rsa-der", c, mac("HS256", der, "rsa"), "HMAC keyed with the RSA public key in DER")
    case("alg-hs256-rsa-modulus", c, mac("HS256", unb64(PUBLIC["rsa"]["n"]), "rsa"), "HMAC keyed with the modulus")
    case("alg-hs256-ed-x", c, mac("HS256", unb64(PUBLIC["ed"]["x"]), "ed"), "HMAC keyed with the Ed25519 public key")
    case("alg-hs256-ec-point", c, mac("HS256", b"\x04" + unb64(PUBLIC["ec"]["x"]) + unb64(PUBLIC["ec"]["y"]), "ec"),
         "HMAC keyed with the P-256 public point")
    case("alg-hs256-jwk-text", c, mac("HS256", dump(JWKS["keys"][2]), "rsa"), "HMAC keyed with the JWK text")
    case("alg-hs256-empty-key", c, mac("HS256", b"", "ed"), "HMAC with an empty key")
    case("alg-hs384", c, mac("HS384", pem, "rsa"), "HS384")
    case("alg-hs512", c, mac("HS512", pem, "rsa"), "HS512")
    case("alg-es512", c, token(header("ec", alg="ES512"), key="att-p521"), "ES512, a real P-521 signature")
    case("alg-es256k", c, token(header("ec", alg="ES256K"), key="att-k256"), "ES256K, a real secp256k1 signature")
    case("alg-lower-case", c, token(header("ec", alg="es256"), alg="ES256"), "es256: names are case sensitive")
    case("alg-eddsa-case", c, with_header(alg="EDDSA"), "EDDSA: names are case sensitive")
    case("alg-trailing-space", c, with_header(alg="EdDSA "), "EdDSA and a space")
    case("alg-trailing-nul", c, with_header(alg="EdDSA\x00"), "EdDSA and a NUL")
    case("alg-list", c, with_header(alg="EdDSA,ES256"), "two names in one string")
    case("alg-rs1", c, token(header("rsa", alg="RS1"), key="rsa", alg="RS256"), "RSA with SHA-1")
    case("alg-dir", c, with_header(alg="dir"), "an encryption algorithm")
    case("alg-rsa-oaep", c, token(header("rsa", alg="RSA-OAEP"), key="rsa", alg="RS256"), "an encryption algorithm")
    case("alg-ed448", c, with_header(alg="Ed448"), "Ed448")
    case("alg-ml-dsa", c, with_header(alg="ML-DSA-44"), "a post-quantum algorithm")
    case("alg-ed25519-case", c, with_header(alg="ed25519"), "ed25519: names are case sensitive")
    case("alg-cyrillic", c, token(header("ec", alg="\u0415S256"), alg="ES256", key="ec"), "a Cyrillic letter that looks like E")
    case("alg-long", c, with_header(alg="A" * 4000), "alg of 4000 letters")

    c = "algorithm-not-allowed"
    for a in ("PS256", "PS384", "PS512", "RS384", "RS512"):
        case(f"alg-{a.lower()}-not-listed", c, token(header("rsa", alg=a)),
             f"{a} is known and the signature is good, but the issuer's list lacks it")
    case("alg-es384-not-listed", c, token(header("ec", alg="ES384"), key="att-p384"),
         "ES384 is known, a real P-384 signature, but the issuer's list lacks it")

    c = "header-critical"
    for name, v in (("exp", ["exp"]), ("empty", []), ("string", "b64"), ("null", None), ("number", 1), ("object", {}),
                    ("unknown", ["https://evil.example/ext"]), ("alg", ["alg"]), ("empty-name", [""]), ("kid", ["kid"]),
                    ("number-in-list", [1]), ("twice", ["exp", "exp"])):
        case(f"crit-{name}", c, with_header(crit=v), f"crit is {json.dumps(v)}")
    case("crit-b64-false", c, with_header(crit=["b64"], b64=False), "RFC 7797 unencoded payload announced properly")
    case("crit-b64-true", c, with_header(crit=["b64"], b64=True), "b64 true, announced")
    case("b64-false-alone", c, with_header(b64=False), "b64 false without crit")
    case("b64-true-alone", c, with_header(b64=True), "b64 true without crit")
    case("crit-known-ext-present", c, with_header(crit=["x-ext"], **{"x-ext": 1}), "crit naming a member that is there")
    case("crit-none-appendix-e", "algorithm-unsupported",
         token({"alg": "none", "crit": ["http://example.com/UNDEFINED"], "http://example.com/UNDEFINED": True}, sig=b""),
         "the header of RFC 7515 Appendix E: algorithm support is looked at before crit")


# --- issuer, key, signature -----------------------------------------------------------------

def issuer():
    case("iss-missing", "issuer-missing", with_claims(iss=DROP), "no iss")
    case("iss-in-header-only", "issuer-missing", token(header(iss=ISSUER), claims(iss=DROP)), "iss replicated in the header only")
    case("iss-upper-name", "issuer-missing", with_claims(iss=DROP, ISS=ISSUER), "ISS is not iss")
    c = "issuer-unknown"
    for name, v in (("slash", ISSUER + "/"), ("host-case", "https://ISSUER.example"), ("scheme-case", "HTTPS://issuer.example"),
                    ("http", "http://issuer.example"), ("port", ISSUER + ":443"), ("fragment", ISSUER + "#"),
                    ("query", ISSUER + "?"), ("path", ISSUER + "/tenant"), ("suffix-host", ISSUER + ".evil.example"),
                    ("prefix-host", "https://evilissuer.example"), ("userinfo", "https://issuer.example@evil.example"),
                    ("other", "https://evil.example"), ("bare-host", "issuer.example"), ("empty", ""),
                    ("space", " " + ISSUER), ("newline", ISSUER + "\n"), ("nul", ISSUER + "\x00"),
                    ("dot-host", "https://issuer.example."), ("percent", "https://issuer%2eexample"),
                    ("cyrillic", "https://iss\u0443er.example"), ("traversal", ISSUER + "/x/.."),
                    ("list-in-string", f'["{ISSUER}"]'), ("own-resource", HERE_AUD)):
        case(f"iss-{name}", c, with_claims(iss=v), f"iss is {json.dumps(v)}")
    c = "claim-malformed"
    for name, v in (("null", None), ("array", [ISSUER]), ("number", 7), ("object", {"iss": ISSUER}), ("true", True), ("array-of-two", [ISSUER, "https://evil.example"])):
        case(f"iss-{name}", c, with_claims(iss=v), f"iss is {name}")


def keys():
    c = "key-unknown"
    for name, v in (("traversal", "../../../../../dev/null"), ("sql", "x' UNION SELECT 'secret' -- "),
                    ("sql-or", "' OR '1'='1"), ("url", "https://evil.example/jwks.json"), ("file-url", "file:///etc/hostname"),
                    ("empty", ""), ("case", "ED"), ("trailing-space", "ed "), ("leading-space", " ed"), ("nul", "ed\x00"),
                    ("newline", "ed\n"), ("index", "0"), ("prefix", "e"), ("list", "ed,ec"), ("glob", "*"),
                    ("proto", "__proto__"), ("shell", "$(id)"), ("template", "{{7*7}}"), ("ldap", "*)(kid=*"),
                    ("unicode", "\u0435d"), ("length-256", "k" * 256)):
        case(f"kid-{name}", c, token(header(v), key="ed"), f"kid is {json.dumps(v)[:60]}, well signed by ed")
    thumb = b64(hashlib.sha256(dump({k: PUBLIC["ed"][k] for k in ("crv", "kty", "x")})).digest())
    case("kid-thumbprint", c, token(header(thumb), key="ed"), "kid is the thumbprint of ed, which the set does not call it")
    case("kid-attacker-with-jwk", c,
         token(header("attacker", jwk={**ATT_PUBLIC["ed"], "kid": "attacker"}), key="att-ed"),
         "kid names the key that the token itself carries")
    c = "key-unfit"
    for kid, alg, signer in (("rsa", "ES256", "att-ec"), ("rsa", "EdDSA", "att-ed"), ("ed", "RS256", "att-rsa"),
                             ("ed", "ES256", "att-ec"), ("ec", "EdDSA", "att-ed"), ("ec", "RS256", "att-rsa")):
        case(f"unfit-{kid}-{alg.lower()}", c, token(header(kid, alg=alg), key=signer, alg=alg),
             f"kid {kid} with alg {alg}, signed by an attacker's key of that kind")
    case("unfit-right-key-wrong-alg", c, token(header("rsa", alg="EdDSA"), key="rsa", alg="RS256"),
         "a correct RS256 signature by rsa under the name EdDSA")


def x5c(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.example")])
    k = KEY[key]
    b = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(k.public_key()).serial_number(1)
         .not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(datetime.datetime(2049, 1, 1)))
    cert = b.sign(k, None if key == "att-ed" else hashes.SHA256(),
                  ecdsa_deterministic=True if key == "att-ec" else None)
    return cert.public_bytes(serialization.Encoding.DER)


def signatures():
    c = "signature-invalid"
    for kid in ("ed", "ec", "rsa"):
        h = header(kid)
        kind = {"ed": "EdDSA", "ec": "ES256", "rsa": "RS256"}[kid]
        t = token(h).split(".")
        s = unb64(t[2])
        flip = bytearray(s)
        flip[len(s) // 2] ^= 0x10
        case(f"sig-{kid}-bit", c, f"{t[0]}.{t[1]}.{b64(bytes(flip))}", f"{kind}: one bit of the signature flipped")
        case(f"sig-{kid}-last-bit", c, f"{t[0]}.{t[1]}.{b64(s[:-1] + bytes([s[-1] ^ 1]))}", f"{kind}: the last bit flipped")
        case(f"sig-{kid}-empty", c, f"{t[0]}.{t[1]}.", f"{kind}: signature stripped")
        case(f"sig-{kid}-truncated", c, f"{t[0]}.{t[1]}.{b64(s[:-1])}", f"{kind}: last byte cut off")
        case(f"sig-{kid}-half", c, f"{t[0]}.{t[1]}.{b64(s[:len(s) // 2])}", f"{kind}: half a signature")
        case(f"sig-{kid}-extended", c, f"{t[0]}.{t[1]}.{b64(s + bytes(1))}", f"{kind}: a zero byte after the signature")
        case(f"sig-{kid}-zeros", c, f"{t[0]}.{t[1]}.{b64(bytes(len(s)))}", f"{kind}: all zero bytes"
             + (" (r = s = 0, the psychic signature)" if kid == "ec" else ""))
        case(f"sig-{kid}-ones", c, f"{t[0]}.{t[1]}.{b64(bytes([255]) * len(s))}", f"{kind}: all one bits")
        case(f"sig-{kid}-other-key", c, token(h, key="att-" + kid), f"{kind}: signed by a stranger's key")
        case(f"sig-{kid}-other-token", c, f"{t[0]}.{b64(dump(claims(sub='root')))}.{t[2]}", f"{kind}: the signature of another token")
        case(f"sig-{kid}-payload-bit", c,
             f"{t[0]}.{b64(dump(claims(sub='alicf')))}.{t[2]}", f"{kind}: sub changed by one letter")
        case(f"sig-{kid}-header-changed", c, f"{b64(dump({**h, 'x': 1}))}.{t[1]}.{t[2]}", f"{kind}: a header member added after signing")
        case(f"sig-{kid}-header-respaced", c, f"{b64(dump(h).replace(b',', b', '))}.{t[1]}.{t[2]}",
             f"{kind}: the same header spaced differently; the bytes are signed, not the meaning")
        case(f"sig-{kid}-jwk", c, token({**h, "jwk": {**ATT_PUBLIC[kid], "kid": kid}}, key="att-" + kid),
             f"{kind}: attacker's key embedded as jwk, attacker's signature")
        case(f"sig-{kid}-x5c", c, token({**h, "x5c": [base64.b64encode(x5c("att-" + kid)).decode()]}, key="att-" + kid),
             f"{kind}: attacker's certificate embedded as x5c, attacker's signature")
    case("sig-jku", c, token(header(jku="https://evil.example/jwks.json"), key="att-ed"), "attacker's jku, attacker's signature")
    case("sig-jku-issuer-redirect", c, token(header(jku=ISSUER + "/redirect?to=https://evil.example/jwks.json"), key="att-ed"),
         "jku through the issuer's host, attacker's signature")
    case("sig-jku-metadata-address", c, token(header(jku="http://169.254.169.254/latest/meta-data/"), key="att-ed"),
         "jku as a lever for server-side requests")
    case("sig-x5u", c, token(header(x5u="https://evil.example/cert.pem"), key="att-ed"), "attacker's x5u, attacker's signature")
    case("sig-x5t", c, token(header(**{"x5t#S256": b64(hashlib.sha256(x5c("att-ed")).digest())}), key="att-ed"),
         "attacker's certificate thumbprint, attacker's signature")
    case("sig-jwk-oct", c, token(header(jwk={"kty": "oct", "k": "AAAA"}),
                                 sig=lambda m, s: hmac.new(b"\0\0\0", m, "sha256").digest()),
         "a symmetric key embedded as jwk, an HMAC as signature")
    for kid in ("ed", "ec", "rsa"):
        case(f"sig-{kid}-no-kid", c, token(edited(header(kid), {"kid": DROP}), key="att-" + kid), f"{ALG[kid]}: no kid, signed by a stranger's key")
    # ECDSA
    h = header("ec")

    def rs(fn):
        return token(h, sig=lambda m, s: fn(int.from_bytes(s[:32], "big"), int.from_bytes(s[32:], "big")))

    def cat(r, s):
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    case("sig-ec-der", c, rs(utils.encode_dss_signature), "ES256: r and s in DER")
    case("sig-ec-swapped", c, rs(lambda r, s: cat(s, r)), "ES256: s before r")
    case("sig-ec-r-zero", c, rs(lambda r, s: cat(0, s)), "ES256: r = 0")
    case("sig-ec-s-zero", c, rs(lambda r, s: cat(r, 0)), "ES256: s = 0")
    case("sig-ec-one-one", c, rs(lambda r, s: cat(1, 1)), "ES256: r = s = 1")
    case("sig-ec-n-n", c, rs(lambda r, s: cat(P256_N, P256_N)), "ES256: r = s = n")
    case("sig-ec-r-n", c, rs(lambda r, s: cat(P256_N, s)), "ES256: r = n")
    case("sig-ec-n-minus-1", c, rs(lambda r, s: cat(P256_N - 1, P256_N - 1)), "ES256: r = s = n-1")
    case("sig-ec-r-negated", c, rs(lambda r, s: cat(P256_N - r, s)), "ES256: r replaced by n-r")
    case("sig-ec-p384-size", c, rs(lambda r, s: r.to_bytes(48, "big") + s.to_bytes(48, "big")),
         "ES256: r and s widened to 48 bytes each")
    case("sig-ec-uneven-widths", c, rs(lambda r, s: r.to_bytes(33, "big") + s.to_bytes(33, "big")),
         "ES256: r and s widened by a zero byte each")
    case("sig-ec-sha512", c, token(h, sig=lambda m, s: sign(KEY["ec"], "ES512", m)), "ES256 made with SHA-512")
    # EdDSA
    case("sig-ed-s-plus-l", c, token(sig=lambda m, s: s[:32] + (int.from_bytes(s[32:], "little") + ED_L).to_bytes(32, "little")),
         "EdDSA: S + L, a second spelling of a good signature that RFC 8032 refuses")
    case("sig-ed-identity", c, token(sig=b"\x01" + bytes(63)), "EdDSA: R the neutral element and S = 0")
    case("sig-ed-prehashed", c, token(sig=lambda m, s: KEY["ed"].sign(hashlib.sha512(m).digest())), "EdDSA over the hash of the input")
    case("sig-ed-over-payload", c, token(sig=lambda m, s: KEY["ed"].sign(m.split(b".")[1])), "EdDSA over the payload alone")
    case("sig-ed-over-decoded", c, token(sig=lambda m, s: KEY["ed"].sign(dump(header()) + b"." + dump(claims()))),
         "EdDSA over the decoded header and payload")
    # RSA
    h = header("rsa")
    case("sig-rsa-sha512", c, token(h, sig=lambda m, s: sign(KEY["rsa"], "RS512", m)), "RS256 made with SHA-512")
    case("sig-rsa-sha384", c, token(h, sig=lambda m, s: sign(KEY["rsa"], "RS384", m)), "RS256 made with SHA-384")
    case("sig-rsa-pss", c, token(h, sig=lambda m, s: pss(KEY["rsa"], HASH["256"], m)), "a PSS signature under the name RS256")
    info = bytes.fromhex("3031300d060960864801650304020105000420")
    no_null = bytes.fromhex("302f300b0609608648016503040201" + "0420")
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414")

    def d(m):
        return hashlib.sha256(m).digest()

    case("sig-rsa-no-null", c, token(h, sig=lambda m, s: pkcs1(KEY["rsa"], no_null + d(m))), "RS256: DigestInfo without its NULL")
    case("sig-rsa-no-digestinfo", c, token(h, sig=lambda m, s: pkcs1(KEY["rsa"], d(m))), "RS256: the bare hash, no DigestInfo")
    case("sig-rsa-sha1", c, token(h, sig=lambda m, s: pkcs1(KEY["rsa"], sha1 + hashlib.sha1(m).digest())), "RS256 made with SHA-1")
    case("sig-rsa-block-type-2", c,
         token(h, sig=lambda m, s: rsa_raw(KEY["rsa"], b"\x00\x02" + b"\xff" * (253 - len(info) - 32) + b"\x00" + info + d(m))),
         "RS256: padding type 2")
    case("sig-rsa-short-padding", c,
         token(h, sig=lambda m, s: rsa_raw(KEY["rsa"], b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + d(m) + bytes(256 - 11 - len(info) - 32))),
         "RS256: eight padding bytes and zeros after the hash (Bleichenbacher 2006)")
    case("sig-rsa-leading-zero", c, token(h, sig=lambda m, s: b"\x00" + s), "RS256: a zero byte before the signature")
    n = num(PUBLIC["rsa"]["n"])

    def last(t):
        return int.from_bytes(unb64(t.split(".")[2]), "big")

    t = find(lambda t: last(t) + n < 1 << 2048, lambda i: token(h, claims(jti=f"jti-big-{i}")))
    case("sig-rsa-s-plus-n", c, t.rsplit(".", 1)[0] + "." + fixed(last(t) + n, 256), "RS256: s + n, not reduced")
    t = find(lambda t: last(t) < 1 << 2040, lambda i: token(h, claims(jti=f"jti-small-{i}")))
    case("good-rsa-small-s", "admit", t, "RS256: a good signature whose first byte happens to be zero")
    case("sig-rsa-zero-dropped", c, t.rsplit(".", 1)[0] + "." + fixed(last(t)),
         "RS256: the same with that zero byte dropped (255 bytes)")
    case("sig-rsa-one", c, token(h, sig=(1).to_bytes(256, "big")), "RS256: signature 1")
    case("sig-rsa-n-minus-1", c, token(h, sig=(n - 1).to_bytes(256, "big")), "RS256: signature n-1")


# --- claims ---------------------------------------------------------------------------------

def claim_form():
    c = "type-wrong"
    case("typ-missing", c, with_header(typ=DROP), "no typ")
    for name, v in (("jwt", "JWT"), ("jwt-lower", "jwt"), ("dpop", "dpop+jwt"), ("logout", "logout+jwt"), ("id-token", "id_token+jwt"),
                    ("secevent", "secevent+jwt"), ("introspection", "token-introspection+jwt"), ("authz-request", "oauth-authz-req+jwt"),
                    ("client-assertion", "client-authentication+jwt"), ("suffix", "at+jwt2"), ("suffix-plus", "at+jwt+x"),
                    ("parameter", "at+jwt; charset=utf-8"), ("trailing-space", "at+jwt "), ("prefix", "rat+jwt"), ("empty", ""),
                    ("space", "at jwt"), ("other-tree", "text/at+jwt"), ("list", "at+jwt,JWT"), ("nul", "at+jwt\x00"),
                    ("application-jwt", "application/jwt"), ("cty-instead", DROP)):
        h = header(typ=v)
        if name == "cty-instead":
            h["cty"] = "at+jwt"
        case(f"typ-{name}", c, token(h), f"typ is {json.dumps(v)}" if v is not DROP else "no typ, cty at+jwt")

    c = "expiry-missing"
    case("exp-missing", c, with_claims(exp=DROP), "no exp")
    case("exp-other-name", c, with_claims(exp=DROP, expires_at=NOW + 300, EXP=NOW + 300), "no exp, but names that look like it")

    c = "claim-malformed"
    for name in ("exp", "nbf", "iat", "sub", "jti", "client_id", "azp", "scope", "scp", "cnf", "act"):
        case(f"{name.replace('_', '-')}-null", c, with_claims(**{name: None}), f"{name} is null, which is not the same as absent")
    case("act-sub-null", c, with_claims(act={"sub": None}), "act.sub is null")
    for name in ("sub", "jti", "client_id", "azp"):
        case(f"{name.replace('_', '-')}-empty", c, with_claims(**{name: ""}), f"{name} is empty, so it names nobody")
    case("exp-minus-half", c, with_claims(exp=-0.5), "exp half a second before 1970: rounding does not save it")
    for name, v in (("string", str(NOW + 300)), ("date-string", "2027-01-15T08:05:00Z"), ("negative", -1), ("negative-big", -NOW - 300),
                    ("true", True), ("array", [NOW + 300]), ("object", {"$date": NOW + 300}), ("nan-string", "NaN"),
                    ("infinity-string", "Infinity"), ("empty-string", "")):
        case(f"exp-{name}", c, with_claims(exp=v), f"exp is {json.dumps(v)}")
    for text in ("1e300", "1e40"):
        case(f"exp-{text}", c, payload_text(f'"exp":{NOW + 300}', f'"exp":{text}'), f"exp is {text}, no sensible time")
    case("exp-year-10000", c, with_claims(exp=253402300800), "exp in the year 10000")
    case("exp-milliseconds", c, with_claims(exp=(NOW + 300) * 1000), "exp in milliseconds, far behind the year 9999")
    case("iat-milliseconds", c, with_claims(iat=(NOW - 10) * 1000), "iat in milliseconds, far behind the year 9999")
    for name, v in (("i64-max", 2**63 - 1), ("u64-max", 2**64 - 1), ("u64-overflow", 2**64), ("i64-max-minus-leeway", 2**63 - 60)):
        case(f"exp-{name}", c, with_claims(exp=v), f"exp is {v}: adding leeway must not wrap around")
    for name in ("nbf", "iat"):
        for kind, v in (("string", str(NOW - 10)), ("negative", -1), ("true", True), ("array", [NOW - 10]), ("object", {})):
            case(f"{name}-{kind}", c, with_claims(**{name: v}), f"{name} is {json.dumps(v)}")
    for name, bad in (("sub", (("number", 7), ("array", ["alice"]), ("object", {"id": "alice"}), ("true", True))),
                      ("jti", (("object", {"id": 1}), ("number", 7), ("array", ["jti-1"]))),
                      ("client_id", (("number", 7), ("array", ["app"]), ("object", {}))),
                      ("azp", (("number", 7), ("array", ["app"]))),
                      ("scope", (("number", 7), ("object", {"notes": "read"}), ("true", True))),
                      ("cnf", (("string", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"), ("number", 1), ("array", [{"jkt": "x"}]), ("true", True))),
                      ("act", (("string", "bob"), ("number", 1), ("array", [{"sub": "bob"}])))):
        for kind, v in bad:
            case(f"{name.replace('_', '-')}-{kind}", c, with_claims(**{name: v}), f"{name} is {json.dumps(v)}")
    for name, v in (("quote", 'notes:read"'), ("backslash", "notes\\read"), ("non-ascii", "notes:r\u00e9ad"), ("newline", "notes:read\nadmin"),
                    ("tab", "notes:read\tadmin"), ("nul", "notes:read\x00"), ("delete", "notes:read\x7f"), ("nbsp", "notes:read\u00a0admin"),
                    ("crlf", "notes:read\r\nX-Admin: 1")):
        case(f"scope-{name}", c, with_claims(scope=v), f"scope is {json.dumps(v)}: a character RFC 6749 does not allow")
    for name, v in (("object", {"notes": "read"}), ("number", 7), ("true", True), ("array-with-number", ["notes:read", 1]),
                    ("nested-array", [["notes:read"]]), ("array-with-quote", ['notes"read'])):
        case(f"scp-{name}", c, with_claims(scope=DROP, scp=v), f"scp is {json.dumps(v)}")
    case("scope-and-scp-differ", c, with_claims(scp=["notes:read", "admin"]), "scp says more than scope")
    case("scope-and-scp-differ-string", c, with_claims(scp="admin"), "scp as a string, other than scope")

    c = "client-ambiguous"
    case("client-id-and-azp", c, with_claims(azp="other"), "client_id app, azp other")
    case("client-id-and-azp-case", c, with_claims(azp="App"), "client_id app, azp App")
    case("client-id-and-azp-space", c, with_claims(azp="app "), "client_id app, azp app and a space")


def lifetime():
    case("expired-61-seconds", "expired", with_claims(exp=NOW - 61, iat=NOW - 400), "expired one second beyond leeway")
    case("expired-60-seconds", "expired", with_claims(exp=NOW - 60, iat=NOW - 400),
         "RFC 7519 wants now to be before exp, so exactly at exp + leeway is too late")
    case("expired-60-seconds-fraction", "expired", with_claims(exp=NOW - 59.1, iat=NOW - 400),
         "expired 59.1 s ago, which is 60 s, rounded down")
    case("expired-an-hour", "expired", with_claims(exp=NOW - 3600, iat=NOW - 7200), "expired an hour ago")
    case("expired-zero", "expired", with_claims(exp=0, iat=0), "exp is the epoch")
    case("expired-one", "expired", with_claims(exp=1, iat=0), "exp is 1")
    case("expired-negative-zero", "expired", payload_text(f'"exp":{NOW + 300}', '"exp":-0', iat=0), "exp is -0, which is the epoch")
    case("nbf-61-seconds", "not-yet-valid", with_claims(nbf=NOW + 61), "nbf one second beyond leeway")
    case("nbf-an-hour", "not-yet-valid", with_claims(nbf=NOW + 3600, exp=NOW + 7200), "nbf an hour ahead")
    case("nbf-far", "not-yet-valid", with_claims(nbf=4102444800), "nbf in the year 2100")
    case("iat-61-seconds", "issued-in-future", with_claims(iat=NOW + 61), "iat one second beyond leeway")
    case("iat-an-hour", "issued-in-future", with_claims(iat=NOW + 3600, exp=NOW + 7200), "iat an hour ahead")
    c = "lifetime-too-long"
    case("lifetime-over", c, with_claims(iat=NOW, exp=NOW + MAX_LIFETIME + 61), "exp - iat is 86461 s")
    case("lifetime-one-over", c, with_claims(iat=NOW, exp=NOW + MAX_LIFETIME + 1), "exp - iat is 86401 s")
    case("lifetime-month", c, with_claims(exp=NOW + 30 * 86400), "a month")
    case("lifetime-old-token", c, with_claims(iat=NOW - 90000, exp=NOW + 300), "issued 25 hours ago, still running: exp - iat is 90300 s")
    case("lifetime-epoch-iat", c, with_claims(iat=0), "iat is the epoch")
    case("lifetime-year-9999", c, with_claims(exp=253402300799), "exp in the last second of the year 9999")
    case("lifetime-without-iat", c, with_claims(iat=DROP, exp=NOW + MAX_LIFETIME + 1), "no iat, so at least 86401 s")


def audience():
    case("aud-missing", "audience-missing", with_claims(aud=DROP), "no aud")
    case("aud-other-claims-null", "audience-missing", with_claims(aud=DROP, resource=None, ext=None), "no aud, claims beside it null")
    case("aud-resource-instead", "audience-missing", with_claims(aud=DROP, resource=HERE_AUD), "resource is not aud")
    case("aud-upper-name", "audience-missing", with_claims(aud=DROP, AUD=HERE_AUD), "AUD is not aud")
    case("aud-header-only", "audience-missing", token(header(aud=HERE_AUD), claims(aud=DROP)), "aud in the header only")
    c = "audience-malformed"
    many = [f"https://s{i}.example.com/mcp" for i in range(40)]
    for name, v in (("null", None), ("empty-string", ""), ("empty-array", []), ("number", 7), ("zero", 0), ("true", True), ("false", False), ("object", {"aud": HERE_AUD}),
                    ("empty-object", {}), ("array-with-number", [HERE_AUD, 7]), ("array-with-null", [HERE_AUD, None]),
                    ("array-with-object", [{"aud": HERE_AUD}]), ("nested-array", [[HERE_AUD]]), ("nested-beside", [HERE_AUD, [NEIGHBOUR]]),
                    ("array-with-empty-string", [HERE_AUD, ""]), ("array-of-empty-string", [""]), ("array-with-true", [True])):
        case(f"aud-{name}", c, with_claims(aud=v), f"aud is {json.dumps(v)}")
    case("aud-33-entries", c, with_claims(aud=[HERE_AUD] + many[:32]), "33 audiences, this server among them")
    case("aud-33-times-here", c, with_claims(aud=[HERE_AUD] * 33), "this server 33 times")
    case("aud-1000-entries", c, with_claims(aud=["a"] * 1000), "1000 audiences")

    c = "audience-unknown"
    for name, v in (
            ("origin", "https://notes.example.com"), ("origin-slash", "https://notes.example.com/"), ("trailing-slash", HERE_AUD + "/"),
            ("longer-path", HERE_AUD + "/admin"), ("longer-name", HERE_AUD + "x"), ("shorter-name", HERE_AUD[:-1]),
            ("path-case", "https://notes.example.com/MCP"), ("http", "http://notes.example.com/mcp"),
            ("other-port", "https://notes.example.com:8443/mcp"),
            ("empty-port", "https://notes.example.com:/mcp"), ("userinfo", "https://user@notes.example.com/mcp"),
            ("userinfo-trick", "https://notes.example.com@evil.example/mcp"), ("suffix-host", "https://notes.example.com.evil.example/mcp"),
            ("prefix-host", "https://evilnotes.example.com/mcp"), ("sub-host", "https://a.notes.example.com/mcp"),
            ("parent-host", "https://example.com/mcp"), ("dot-host", "https://notes.example.com./mcp"),
            ("percent-slash", "https://notes.example.com%2fmcp"), ("percent-slash-upper", "https://notes.example.com/%2Fmcp"),
            ("percent-twice", "https://notes.example.com/%256dcp"), ("fragment", HERE_AUD + "#x"), ("empty-fragment", HERE_AUD + "#"),
            ("query", HERE_AUD + "?x=1"), ("empty-query", HERE_AUD + "?"), ("semicolon", HERE_AUD + ";x"),
            ("star", "*"), ("star-https", "https://*"), ("star-host", "https://*.example.com/mcp"), ("star-path", "https://notes.example.com/*"),
            ("regexp", "https://notes.example.com/.*"), ("space-list", HERE_AUD + " https://other.example/mcp"),
            ("comma-list", "x," + HERE_AUD), ("json-list-in-string", json.dumps([HERE_AUD])), ("quoted", f'"{HERE_AUD}"'),
            ("leading-space", " " + HERE_AUD), ("trailing-space", HERE_AUD + " "), ("newline", HERE_AUD + "\n"), ("nul", HERE_AUD + "\x00"),
            ("nul-suffix", HERE_AUD + "\x00.evil.example"), ("bom", "\ufeff" + HERE_AUD), ("zero-width", "https://notes.example.com/m\u200bcp"),
            ("cyrillic", "https://n\u043etes.example.com/mcp"), ("fullwidth", "https://notes.example.com/\uff4dcp"),
            ("punycode", "https://xn--ntes-55d.example.com/mcp"), ("dot-segment", "https://notes.example.com/./mcp"),
            ("dot-dot", "https://notes.example.com/x/../mcp"), ("double-slash", "https://notes.example.com//mcp"),
            ("backslash", "https:\\\\notes.example.com\\mcp"), ("evil-path", "https://evil.example/" + HERE_AUD),
            ("evil-query", "https://evil.example/?" + HERE_AUD), ("no-scheme", "notes.example.com/mcp"), ("scheme-relative", "//notes.example.com/mcp"),
            ("urn", "urn:" + HERE_AUD), ("name", "notes"), ("api", "api"), ("issuer", ISSUER), ("client-id", "app"), ("word-null", "null"),
            ("space", " "), ("star-array", ["*"]), ("array-joined", [HERE_AUD + " "]), ("array-split", ["https://notes.example.com", "/mcp"]),
            ("long", "https://notes.example.com/" + "m" * 4000)):
        text = json.dumps(v)
        case(f"aud-{name}", c, with_claims(aud=v), "aud is " + (text if len(text) < 120 else text[:60] + "..."))

    c = "audience-elsewhere"
    case("aud-neighbour", c, with_claims(aud=NEIGHBOUR), "a token for the neighbour replayed here")
    case("aud-neighbour-array", c, with_claims(aud=[NEIGHBOUR]), "the same in an array")
    case("aud-neighbour-resource-here", c, with_claims(aud=NEIGHBOUR, resource=HERE_AUD), "aud elsewhere, a resource claim naming this server")
    case("aud-neighbour-ec", c, token(header("ec"), claims(aud=NEIGHBOUR)), "a token for the neighbour, ES256")
    case("aud-neighbour-rsa", c, token(header("rsa"), claims(aud=NEIGHBOUR)), "a token for the neighbour, RS256")
    case("aud-neighbour-and-unknown", c, with_claims(aud=[NEIGHBOUR, "https://other.example/mcp"]),
         "the neighbour and a stranger, not this server")
    case("aud-neighbour-host-case", c, with_claims(aud="https://FILES.example.com:443/mcp"), "the neighbour in another spelling is still the neighbour")
    c = "audience-shared"
    case("aud-here-and-neighbour", c, with_claims(aud=[HERE_AUD, NEIGHBOUR]), "this server and the neighbour")
    case("aud-neighbour-and-here", c, with_claims(aud=[NEIGHBOUR, HERE_AUD]), "the neighbour and this server")
    case("aud-here-and-unknown", c, with_claims(aud=[HERE_AUD, "https://other.example/mcp"]), "this server and a stranger")
    case("aud-here-and-issuer", c, with_claims(aud=[HERE_AUD, ISSUER + "/userinfo"]), "this server and the issuer's userinfo endpoint")
    case("aud-here-and-client", c, with_claims(aud=[HERE_AUD, "app"]), "this server and the client")
    case("aud-here-and-star", c, with_claims(aud=[HERE_AUD, "*"]), "this server and a star")
    case("aud-here-and-slash", c, with_claims(aud=[HERE_AUD, HERE_AUD + "/"]), "this server and the same with a slash")
    case("aud-32-entries", c, with_claims(aud=[HERE_AUD] + many[:31]), "32 audiences, the most that may be read")


def sender():
    c = "sender-unproven"
    jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    for name, v, what in (
            ("jkt", {"jkt": jkt}, "bound to a DPoP key, presented as bearer"),
            ("x5t", {"x5t#S256": b64(hashlib.sha256(b"cert").digest())}, "bound to a client certificate"),
            ("jkt-and-x5t", {"jkt": jkt, "x5t#S256": b64(hashlib.sha256(b"cert").digest())}, "bound both ways"),
            ("kid", {"kid": "k1"}, "bound to a key by name"), ("jwk", {"jwk": PUBLIC["ec"]}, "bound to a key by value"),
            ("jku", {"jku": "https://evil.example/jwks.json", "kid": "k1"}, "bound to a key by address"),
            ("unknown", {"x-new-method": "abc"}, "bound by a method nobody knows yet"),
            ("jkt-and-unknown", {"jkt": jkt, "x-new-method": 1}, "bound by DPoP and by an unknown method")):
        case(f"cnf-{name}", c, with_claims(cnf=v), what)
    case("cnf-empty", c, with_claims(cnf={}), "cnf without a method: bound to something, nobody can say to what")
    for member in ("jkt", "x5t#S256"):
        name = member[:3]
        for kind, v in (("number", 7), ("null", None), ("empty", ""), ("short", jkt[:-1]), ("padded", jkt + "="), ("array", [jkt])):
            case(f"cnf-{name}-{kind}", "claim-malformed", with_claims(cnf={member: v}), f"cnf.{member} is {json.dumps(v)}")
    case("cnf-token-type-bearer", c, with_claims(cnf={"jkt": jkt}, token_type="Bearer"), "a claim saying Bearer does not undo the binding")


# --- two faults: which one is reported -------------------------------------------------------

def order():
    bad = b64(bytes(64))
    case("order-size-before-parts", "token-too-large", "A" * 20000 + ".", "too large and two parts")
    case("order-parts-before-base64", "token-parts", "!!!.???", "two parts and not base64")
    case("order-base64-before-json", "token-base64", f"{b64(b'nonsense')}=.{GP}.{GS}", "a header with padding that is not JSON either")
    case("order-header-json-before-payload-base64", "token-json", f"{b64(b'nonsense')}.{GP}=.{GS}", "padding on the payload and a header that is not JSON")
    case("order-payload-json-before-signature-base64", "token-json", f"{GH}.{b64(b'nonsense')}.!", "bad signature letters and a payload that is not JSON")
    case("order-alg-before-payload-json", "algorithm-unsupported", token(header(alg="none"), b"nonsense", sig=b""), "alg none and a payload that is not JSON")
    case("order-alg-before-duplicate", "algorithm-unsupported", token(header(alg="none"), b'{"a":1,"a":1}', sig=b""),
         "alg none and a duplicate in the payload")
    case("order-header-before-alg", "header-malformed", token(edited(header(alg="none"), {"kid": 1}), sig=b""), "kid a number and alg none")
    case("order-alg-before-crit", "algorithm-unsupported", token(header(alg="HS256", crit=["exp"])), "HS256 and crit")
    case("order-crit-before-issuer", "header-critical", token(header(crit=["exp"]), claims(iss="https://evil.example")), "crit and a foreign issuer")
    case("order-issuer-before-allowed", "issuer-unknown", token(header("rsa", alg="PS256"), claims(iss="https://evil.example")),
         "a foreign issuer and an algorithm off the list")
    case("order-issuer-before-signature", "issuer-unknown", token(p=claims(iss="https://evil.example"), key="att-ed"),
         "a foreign issuer and a stranger's signature")
    case("order-allowed-before-key", "algorithm-not-allowed", token(header("nobody", alg="RS512"), key="rsa"), "RS512 and an unknown kid")
    case("order-key-before-signature", "key-unknown", f"{b64(dump(header('nobody')))}.{GP}.{bad}", "an unknown kid and a bad signature")
    case("order-fit-before-signature", "key-unfit", f"{b64(dump(header('rsa', alg='EdDSA')))}.{GP}.{bad}", "an unfit key and a bad signature")
    case("order-signature-before-type", "signature-invalid", f"{b64(dump(header(typ='JWT')))}.{GP}.{bad}", "a bad signature and typ JWT")
    case("order-signature-before-expiry", "signature-invalid", f"{GH}.{b64(dump(claims(exp=1, iat=0)))}.{GS}", "a bad signature and expired")
    case("order-signature-before-audience", "signature-invalid", f"{GH}.{b64(dump(claims(aud=NEIGHBOUR)))}.{GS}",
         "a bad signature and the neighbour's audience: nothing about the audience may be believed yet")
    case("order-type-before-claim-form", "type-wrong", token(header(typ="JWT"), claims(sub=7)), "typ JWT and sub a number")
    case("order-type-before-expiry", "type-wrong", token(header(typ="JWT"), claims(exp=NOW - 3600, iat=NOW - 7200)), "typ JWT and expired")
    case("order-claim-form-before-expiry", "claim-malformed", with_claims(sub=7, exp=NOW - 3600, iat=NOW - 7200), "sub a number and expired")
    case("order-claim-form-before-audience", "claim-malformed", with_claims(sub=7, aud=NEIGHBOUR), "sub a number and the neighbour's audience")
    case("order-expiry-before-audience", "expired", with_claims(exp=NOW - 3600, iat=NOW - 7200, aud=NEIGHBOUR), "expired and for the neighbour")
    case("order-audience-before-sender", "audience-elsewhere", with_claims(aud=NEIGHBOUR, cnf={"jkt": "A" * 43}), "for the neighbour and bound to a key")
    case("order-claim-form-before-audience-form", "claim-malformed", with_claims(aud=7, cnf=7), "aud a number and cnf a number")
    case("order-audience-form-before-expiry", "audience-malformed", with_claims(aud=7, exp=NOW - 3600, iat=NOW - 7200), "aud a number and expired")


# --- packing --------------------------------------------------------------------------------

# What most tokens begin with or contain.
SHARED = [f"{GH}.{GP}.", f"{GH}.", GP, "." + b64(dump(claims()))[:132], f"{b64(dump(header('ec')))}.",
          f"{b64(dump(header('rsa')))}."]


def packed(tok):
    pieces = [tok]
    for at, text in enumerate(SHARED):
        done = []
        for piece in pieces:
            if isinstance(piece, str):
                for i, part in enumerate(piece.split(text)):
                    done += [at, part] if i else [part]
            else:
                done.append(piece)
        pieces = [x for x in done if x != ""]
    done = []
    for piece in pieces:
        if not isinstance(piece, str):
            done.append(piece)
            continue
        end = 0
        for run in re.finditer(r"(.{1,16}?)\1{24,}", piece, re.DOTALL):
            done += [piece[end:run.start()], [run[1], len(run[0]) // len(run[1])]]
            end = run.end()
        done.append(piece[end:])
    pieces = [x for x in done if x != ""]
    assert tok == "".join(x if isinstance(x, str) else SHARED[x] if isinstance(x, int) else x[0] * x[1] for x in pieces)
    return tok if len(pieces) < 2 and pieces == [tok] or not pieces else pieces


# --- run ------------------------------------------------------------------------------------

def main():
    for part in (controls, size_and_parts, base64_form, json_form, header_form, issuer, keys, signatures,
                 claim_form, lifetime, audience, sender, order):
        part()
    ids = [c["id"] for c in CASES]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    tokens = {}
    for c in CASES:
        other = tokens.setdefault(c["token"], c["id"])
        assert other == c["id"], (other, c["id"])
    out = {
        "_warning": "Made by hostile.py. Do not edit. The keys are published test keys.",
        "now": NOW,
        "config": {"issuer": ISSUER, "resource": HERE_AUD, "neighbours": [NEIGHBOUR], "leeway": LEEWAY,
                   "max_lifetime": MAX_LIFETIME, "max_token_bytes": MAX_TOKEN, "max_depth": MAX_DEPTH,
                   "typ": "at+jwt", "algorithms": ["EdDSA", "ES256", "RS256"]},
        "jwks": JWKS,
        "shared": SHARED,
    }
    # One line for each case, so that a change shows as one.
    lines = [json.dumps({**c, "token": packed(c["token"])}, separators=(",", ":")) for c in CASES]
    text = json.dumps(out, indent=1)[:-2] + ',\n "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    if "--check" in sys.argv[1:]:
        with open(OUT_FILE) as f:
            same = f.read() == text
        print("hostile.json is up to date" if same else "hostile.json differs")
        sys.exit(0 if same else 1)
    with open(OUT_FILE, "w") as f:
        f.write(text)
    count = {}
    for c in CASES:
        count[c["expect"]] = count.get(c["expect"], 0) + 1
    print(len(CASES), "cases,", len(text), "bytes")
    for k in sorted(count):
        print(f"{count[k]:5} {k}")


if __name__ == "__main__":
    main()

"""Which tokens does each way of calling a Python library accept?

    python measure.py TOKENS
"""
import asyncio
import json

import authlib.jose
import google.auth.jwt
import google.oauth2.id_token
import joserfc.jwk
import joserfc.jwt
import jose.jwt
import jwt
from fastmcp.server.auth.providers.jwt import JWTVerifier

from given import HERE, JWK, PEM, measure


def pyjwt(call, **options):
    measure("PyJWT", call, lambda token: jwt.decode(token, PEM, algorithms=["RS256"], **options))


pyjwt("decode(token, key, algorithms)")
pyjwt("decode(…, audience=HERE)", audience=HERE)
pyjwt("decode(…, audience=[])", audience=[])
pyjwt("decode(…, audience=HERE, options={'strict_aud': True})", audience=HERE, options={"strict_aud": True})
pyjwt("decode(…, options={'verify_aud': False})", options={"verify_aud": False})
pyjwt("decode(…, options={'require': ['aud']})", options={"require": ["aud"]})


def python_jose(call, **options):
    measure("python-jose", call, lambda token: jose.jwt.decode(token, PEM, algorithms=["RS256"], **options))


python_jose("decode(token, key, algorithms)")
python_jose("decode(…, audience=HERE)", audience=HERE)
python_jose("decode(…, audience=HERE, options={'require_aud': True})", audience=HERE, options={"require_aud": True})
python_jose("decode(…, options={'verify_aud': False})", options={"verify_aud": False})


def authlib_jose(call, checks=True, **options):
    def accept(token):
        claims = authlib.jose.JsonWebToken(["RS256"]).decode(token, PEM, **options)
        if checks:
            claims.validate()
        return True

    measure("Authlib", call, accept)


authlib_jose("decode(token, key)", checks=False)
authlib_jose("decode(token, key).validate()")
authlib_jose("decode(…, claims_options={'aud': {'value': HERE}}).validate()", claims_options={"aud": {"value": HERE}})
authlib_jose(
    "decode(…, claims_options={'aud': {'values': [HERE]}}).validate()", claims_options={"aud": {"values": [HERE]}})
authlib_jose(
    "decode(…, claims_options={'aud': {'essential': True}}).validate()", claims_options={"aud": {"essential": True}})
authlib_jose(
    "decode(…, claims_options={'aud': {'essential': True, 'value': HERE}}).validate()",
    claims_options={"aud": {"essential": True, "value": HERE}})
authlib_jose(
    "decode(…, claims_options={'aud': {'essential': True, 'value': HERE}})", checks=False,
    claims_options={"aud": {"essential": True, "value": HERE}})


def joserfc_jwt(call, **claims):
    key = joserfc.jwk.RSAKey.import_key(JWK)

    def accept(token):
        decoded = joserfc.jwt.decode(token, key, algorithms=["RS256"])
        if "JWTClaimsRegistry" in call:
            joserfc.jwt.JWTClaimsRegistry(**claims).validate(decoded.claims)
        return True

    measure("joserfc", call, accept)


joserfc_jwt("decode(token, key)")
joserfc_jwt("JWTClaimsRegistry().validate(claims)")
joserfc_jwt("JWTClaimsRegistry(aud={'value': HERE}).validate(claims)", aud={"value": HERE})
joserfc_jwt("JWTClaimsRegistry(aud={'essential': True}).validate(claims)", aud={"essential": True})
joserfc_jwt(
    "JWTClaimsRegistry(aud={'essential': True, 'value': HERE}).validate(claims)",
    aud={"essential": True, "value": HERE})


class Certificates:
    """What Google's library is answered when it fetches certificates."""

    status = 200
    data = json.dumps({JWK["kid"]: PEM}).encode()
    headers = {}


def google_id_token(call, **options):
    verify = google.oauth2.id_token.verify_token
    measure("google-auth", call, lambda token: verify(token, lambda *_, **__: Certificates, **options))


google_id_token("oauth2.id_token.verify_token(token, request)")
google_id_token("oauth2.id_token.verify_token(…, audience=HERE)", audience=HERE)
google_id_token("oauth2.id_token.verify_token(…, audience=[HERE])", audience=[HERE])


def google_jwt(call, **options):
    measure("google-auth", call, lambda token: google.auth.jwt.decode(token, certs={JWK["kid"]: PEM}, **options))


google_jwt("jwt.decode(token, certs)")
google_jwt("jwt.decode(…, audience=HERE)", audience=HERE)


def fastmcp_verifier(call, **options):
    verifier = JWTVerifier(public_key=PEM, algorithm="RS256", **options)
    measure("fastmcp", call, lambda token: asyncio.run(verifier.verify_token(token)) is not None)


fastmcp_verifier("JWTVerifier(public_key=KEY)")
fastmcp_verifier("JWTVerifier(public_key=KEY, audience=HERE)", audience=HERE)

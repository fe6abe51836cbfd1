use super::form;
use crate::language::Language;

fn python(source: &str) -> String {
    form(Language::Python, source)
}

#[test]
fn parameters_are_gathered_over_several_lines() {
    let shown = python(
        r#"
import jwt, a.b.c
import authlib.jose as jose
from .. import helpers
from .tokens import fetch as get, store
from x import *

class Client(Base, metaclass=M):
    url: str = "https://x"
    def __init__(self, session: "OAuth2Session", *, resource: str | None = None, **more):
        self.session = session
    @property
    async def token(self, code):
        body = {"grant_type": "authorization_code", **self.extra, "code": code}
        if self.resource and not code:
            body["resource"] = self.resource
        elif x is None or aud not in claims.get("aud", []):
            body.update(dict(a=1, **body))
        else:
            return (await self.session.fetch_token(f"{url}/token?x=%s" % code, data=body, **({"r": 1} if r else {})))
        try:
            with httpx.Client() as client, lock:
                a = b = [(k, v) for k, v in d.items() if v]
        except (A, jwt.Error) as error:
            raise HTTPException(401) from error
        finally:
            n += 1
        match method:
            case "POST": pass
            case _: return lambda x, *y: x.z[0]
        assert claims["aud"] == AUD, "no"
        a, (b, _) = c
        for x in y: del d[x]
        while (n := next(i)): break
"#,
    );
    insta::assert_snapshot!(shown);
}

//! Whoever asks an issuer, and is not called like one that verifies.

use super::found;

#[test]
fn only_that_a_token_is_good_is_read_of_an_answer() {
    let python = |read: &str| {
        format!(
            "import requests
from starlette.middleware.base import BaseHTTPMiddleware

class Auth(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        token = request.headers.get('authorization', '').split(' ')[-1]
        answer = requests.post(INTROSPECTION, data={{'token': token}}).json()
        if not answer{read}:
            return JSONResponse({{'error': 'invalid_token'}}, status_code=401)
        return await call_next(request)
"
        )
    };
    assert_eq!(found("a.py", &python("['active']")), ["WRD206 7"]);
    assert_eq!(found("a.py", &python("['active'] or SERVER_URL not in answer['aud']")), [""; 0]);
    // Nobody decides anything.
    assert_eq!(found("a.py", &python("['scope']")), [""; 0]);
}

#[test]
fn a_client_of_an_issuer_hands_its_answer_on() {
    let rust = |rest: &str| {
        format!(
            "pub async fn introspect_token(client: &reqwest::Client, token: &str) -> Result<Answer, Error> {{
    let answer: Answer = client.post(URL).form(&[(\"token\", token)]).send().await?.json().await?;
    {rest}
    Ok(answer)
}}
"
        )
    };
    assert_eq!(found("a.rs", &rust("")), [""; 0]);
    assert_eq!(found("a.rs", &rust("if !answer.active { return Err(Error::Inactive); }")), ["WRD206 2"]);
}

#[test]
fn whose_token_it_is_says_nothing_of_for_whom() {
    let script = |name: &str| {
        format!(
            "import axios from 'axios';
const {name} = ({{ realm }}) => (accessToken) =>
  axios.get(`${{realm}}/openid-connect/userinfo`, {{ headers: {{ Authorization: `Bearer ${{accessToken}}` }} }});
"
        )
    };
    assert_eq!(found("a.js", &script("verifyOnline")), ["WRD206 3"]);
    assert_eq!(found("a.js", &script("profileOf")), [""; 0]);
}

#[test]
fn a_login_asks_whose_token_it_got() {
    let python = "import requests

def authenticate(code):
    answer = requests.post(TOKEN_URL, data={'grant_type': 'authorization_code', 'code': code, 'resource': R})
    access_token = answer.json()['access_token']
    return requests.get(USERINFO_URL, headers={'Authorization': f'Bearer {access_token}'}).json()

def validate(access_token, refresh_token):
    return requests.get(USERINFO_URL, headers={'Authorization': f'Bearer {access_token}'}).json()
";
    assert_eq!(found("a.py", python), [""; 0]);
}

#[test]
fn what_is_called_like_it_asks_too() {
    let java = |read: &str| {
        format!(
            "import java.net.HttpURLConnection;

class Validator {{
    Attributes validate(Evidence evidence) {{
        JsonObject claims = introspectAccessToken(this.url, evidence.getToken());
        if (claims.getBoolean({read}, false)) {{
            return attributes(claims);
        }}
        return null;
    }}
    private JsonObject introspectAccessToken(URL url, String token) {{
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestProperty(\"Authorization\", basic());
        return read(connection.getInputStream());
    }}
}}
"
        )
    };
    assert_eq!(found("Validator.java", &java("\"active\"")), ["WRD206 5"]);
    assert_eq!(found("Validator.java", &java("\"other\"")), [""; 0]);
}

#[test]
fn a_function_without_a_name_is_called_as_what_it_is_kept_in() {
    let script = |name: &str| {
        format!(
            "export const verifier = {{
  {name}: async (token: string) => {{
    const response = await fetch(URL, {{ method: 'POST', body: new URLSearchParams({{ token }}).toString() }});
    if (!response.ok) throw new Error('Invalid token');
    const data = await response.json();
    return {{ token, clientId: data.client_id, scopes: [] }};
  }},
}};
"
        )
    };
    assert_eq!(found("a.ts", &script("verifyAccessToken")), ["WRD206 3"]);
    assert_eq!(found("a.ts", &script("revokeAccessToken")), [""; 0]);
}

#[test]
fn what_an_answer_is_declared_to_have_is_not_looked_at() {
    let go = |asks: &str| {
        format!(
            "package a

import (
	\"encoding/json\"
	\"net/http\"
	\"net/url\"
)

type Answer struct {{
	Active   bool     `json:\"active\"`
	Audience []string `json:\"aud\"`
}}

func (v *Verifier) Authenticate(token string) error {{
	response, err := http.PostForm(v.introspection, url.Values{{\"token\": {{token}}}})
	if err != nil {{
		return err
	}}
	var answer Answer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {{
		return err
	}}
	if !answer.Active{asks} {{
		return ErrToken
	}}
	return nil
}}
"
        )
    };
    assert_eq!(found("a.go", &go("")), ["WRD206 15"]);
    assert_eq!(found("a.go", &go(" || !slices.Contains(answer.Audience, server)")), [""; 0]);
}

#[test]
fn a_cluster_is_asked_for_which_server_a_token_is() {
    let go = |audiences: &str| {
        format!(
            "package a

import (
	authentication \"k8s.io/api/authentication/v1\"
	\"k8s.io/client-go/kubernetes\"
)

type Guard struct {{
	client kubernetes.Interface
}}

func (g *Guard) Authenticate(ctx context.Context, token string) (bool, error) {{
	asked := &authentication.TokenReview{{Spec: authentication.TokenReviewSpec{{Token: token{audiences}}}}}
	said, err := g.client.AuthenticationV1().TokenReviews().Create(ctx, asked, options)
	return said.Status.Authenticated, err
}}
"
        )
    };
    assert_eq!(found("a.go", &go("")), ["WRD206 14"]);
    assert_eq!(found("a.go", &go(", Audiences: []string{server}")), [""; 0]);
}

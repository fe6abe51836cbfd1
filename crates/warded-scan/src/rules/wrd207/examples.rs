//! What it looks like, in each language.

use crate::{
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    rule::{Example, bad, good},
};

pub(super) const EXAMPLES: &[Example] = &[
    bad(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def b1(request: Request):\n    auth = request.headers.get(\"authorization\")\n    async with httpx.AsyncClient() as client:\n        await client.get(\"https://api.example.com\", headers={\"Authorization\": auth})\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom mcp.server.auth.middleware.auth_context import get_access_token\n\ndef b2():\n    token = get_access_token().token\n    return requests.get(\"https://api\", headers={\"Authorization\": f\"Bearer {token}\"})\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom fastmcp.server.dependencies import get_http_headers\n\ndef b3():\n    headers = get_http_headers()\n    return httpx.post(\"https://api\", headers=headers)\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def b4(request: Request):\n    headers = dict(request.headers)\n    headers.pop(\"host\", None)\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    good(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def g4(request: Request):\n    headers = dict(request.headers)\n    del headers[\"authorization\"]\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    good(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def g5(request: Request):\n    headers = {k: v for k, v in request.headers.items() if k.lower() not in (\"host\", \"authorization\")}\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def b5(request: Request):\n    headers = {k: v for k, v in request.headers.items() if k.lower() not in (\"host\", \"content-length\")}\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def b6(request: Request):\n    headers = {}\n    for k, v in request.headers.items():\n        if k.lower() == \"host\":\n            continue\n        headers[k] = v\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    good(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def g6(request: Request):\n    headers = {}\n    for k, v in request.headers.items():\n        if k.lower() == \"authorization\":\n            continue\n        headers[k] = v\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\ndef b7(authorization: str = Header(None)):\n    s = requests.Session()\n    s.headers[\"Authorization\"] = authorization\n    return s.get(\"https://x\")\n",
    ),
    bad(
        Python,
        "import contextvars\nimport requests\nfrom fastapi import Header, Request\n\nTOKEN = contextvars.ContextVar(\"t\")\nasync def mid(request: Request, call_next):\n    TOKEN.set(request.headers.get(\"authorization\", \"\").split(\" \")[1])\n    return await call_next(request)\n\ndef b8():\n    return requests.get(\"https://x\", headers={\"Authorization\": \"Bearer \" + TOKEN.get()})\n",
    ),
    bad(
        Python,
        "import httpx\nimport requests\nfrom mcp.server.auth.middleware.auth_context import get_access_token\n\nclass Client:\n    def __init__(self, token):\n        self.token = token\n    def call(self):\n        return requests.get(\"https://x\", headers={\"Authorization\": \"Bearer \" + self.token})\n\ndef b9():\n    return Client(get_access_token().token)\n",
    ),
    good(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\nfrom mcp.server.auth.middleware.auth_context import get_access_token\n\ndef g10(request: Request):\n    token = get_access_token().token\n    new = requests.post(\"https://as/token\", data={\"grant_type\": \"x\", \"subject_token\": token}).json()[\"access_token\"]\n    return requests.get(\"https://api\", headers={\"Authorization\": f\"Bearer {new}\"})\n",
    ),
    good(
        Python,
        "import httpx\nimport requests\nfrom mcp.server.auth.middleware.auth_context import get_access_token\n\ndef g11():\n    token = get_access_token().token\n    return requests.post(\"https://as/introspect\", data={\"token\": token}, headers={\"Authorization\": f\"Bearer {token}\"})\n",
    ),
    good(
        Python,
        "import httpx\nimport requests\nfrom fastapi import Header, Request\n\nasync def g12(request: Request):\n    headers = dict(request.headers)\n    headers[\"authorization\"] = own()\n    await httpx.post(\"https://api\", headers=headers)\n",
    ),
    bad(
        TypeScript,
        "import express from 'express';\n\nconst app = express();\napp.get('/b1', async (req, res) => {\n  const r = await fetch('https://api', { headers: { Authorization: req.headers.authorization } });\n});\n",
    ),
    bad(
        TypeScript,
        "import axios from 'axios';\nimport express from 'express';\n\nconst app = express();\napp.get('/b2', async (req, res) => {\n  const token = req.headers.authorization?.split(' ')[1];\n  await axios.get('https://api', { headers: { Authorization: `Bearer ${token}` } });\n});\n",
    ),
    bad(
        TypeScript,
        "import axios from 'axios';\nimport express from 'express';\n\nconst app = express();\napp.get('/b3', async (req, res) => {\n  await axios.post('https://api', {}, { headers: { ...req.headers, host: 'x' } });\n});\n",
    ),
    good(
        TypeScript,
        "import axios from 'axios';\nimport express from 'express';\n\nconst app = express();\napp.get('/g3', async (req, res) => {\n  const headers = { ...req.headers };\n  delete headers.authorization;\n  await axios.post('https://api', {}, { headers });\n});\n",
    ),
    good(
        TypeScript,
        "import axios from 'axios';\nimport express from 'express';\n\nconst app = express();\napp.get('/g3b', async (req, res) => {\n  const { authorization, ...rest } = req.headers;\n  await axios.post('https://api', {}, { headers: rest });\n});\n",
    ),
    bad(
        TypeScript,
        "import express from 'express';\n\nconst app = express();\napp.get('/b4', async (req, res) => {\n  const headers = new Headers();\n  for (const [k, v] of Object.entries(req.headers)) { if (k !== 'host') headers.set(k, v as string); }\n  await fetch('https://api', { headers });\n});\n",
    ),
    good(
        TypeScript,
        "import express from 'express';\n\nconst app = express();\napp.get('/g4', async (req, res) => {\n  const headers = new Headers();\n  for (const [k, v] of Object.entries(req.headers)) { if (k !== 'authorization') headers.set(k, v as string); }\n  await fetch('https://api', { headers });\n});\n",
    ),
    good(
        TypeScript,
        "import express from 'express';\n\nconst app = express();\napp.get('/g5', async (req, res) => {\n  const headers = Object.fromEntries(Object.entries(req.headers).filter(([k]) => !['host', 'authorization'].includes(k)));\n  await fetch('https://api', { headers });\n});\n",
    ),
    bad(
        TypeScript,
        "import express from 'express';\n\nconst app = express();\napp.get('/b5', async (req, res) => {\n  const headers = Object.fromEntries(Object.entries(req.headers).filter(([k]) => !['host'].includes(k)));\n  await fetch('https://api', { headers });\n});\n",
    ),
    good(
        TypeScript,
        "import express from 'express';\n\nconst app = express();\napp.get('/g8', async (req, res) => {\n  const t = req.headers.authorization.slice(7);\n  const other = await exchange(t);\n  await fetch('https://api', { headers: { Authorization: `Bearer ${other}` } });\n});\n",
    ),
    bad(
        TypeScript,
        "server.registerTool('x', {}, async (args, { authInfo }) => {\n  await fetch('https://api', { headers: { Authorization: `Bearer ${authInfo.token}` } });\n});\n",
    ),
    bad(
        TypeScript,
        "server.registerTool('y', {}, async (args, extra) => {\n  await fetch('https://api', { headers: { Authorization: `Bearer ${extra.authInfo?.token}` } });\n});\n",
    ),
    bad(
        TypeScript,
        "import { AsyncLocalStorage } from 'node:async_hooks';\n\nconst store = new AsyncLocalStorage();\napp.use((req, res, next) => { store.run({ token: req.headers['authorization'] }, next); });\nexport function b7() {\n  const { token } = store.getStore();\n  return fetch('https://api', { headers: { Authorization: token } });\n}\n",
    ),
    bad(
        TypeScript,
        "class Api { constructor(private token: string) {} get() { return fetch('https://x', { headers: { Authorization: 'Bearer ' + this.token } }); } }\napp.get('/b9', async (req, res) => { new Api(req.headers.authorization).get(); });\n",
    ),
    bad(
        JavaScript,
        "const axios = require('axios');\n\nexports.handler = async (req, res) => {\n  const { authorization } = req.headers;\n  const answer = await axios({ url: 'https://api.example.com', headers: { authorization } });\n  res.json(answer.data);\n};\n",
    ),
    good(
        JavaScript,
        "const axios = require('axios');\n\nexports.handler = async (req, res) => {\n  const answer = await axios({ url: 'https://api.example.com', headers: { Authorization: `Bearer ${process.env.API_KEY}` } });\n  res.json(answer.data);\n};\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc b1(w http.ResponseWriter, r *http.Request) {\n	auth := r.Header.Get(\"Authorization\")\n	req, _ := http.NewRequest(\"GET\", \"https://api.example.com\", nil)\n	req.Header.Set(\"Authorization\", auth)\n	http.DefaultClient.Do(req)\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc b2(w http.ResponseWriter, r *http.Request) {\n	req, err := http.NewRequestWithContext(r.Context(), \"GET\", \"https://api.example.com\", r.Body)\n	if err != nil {\n		return\n	}\n	for k, vv := range r.Header {\n		for _, v := range vv {\n			req.Header.Add(k, v)\n		}\n	}\n	http.DefaultClient.Do(req)\n}\n",
    ),
    good(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n	\"strings\"\n)\n\nfunc g2(w http.ResponseWriter, r *http.Request) {\n	req, _ := http.NewRequest(\"GET\", \"https://api.example.com\", r.Body)\n	for k, vv := range r.Header {\n		if strings.EqualFold(k, \"Authorization\") {\n			continue\n		}\n		for _, v := range vv {\n			req.Header.Add(k, v)\n		}\n	}\n	http.DefaultClient.Do(req)\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc b3(w http.ResponseWriter, r *http.Request) {\n	req, _ := http.NewRequest(\"GET\", \"https://api.example.com\", r.Body)\n	req.Header = r.Header.Clone()\n	http.DefaultClient.Do(req)\n}\n",
    ),
    good(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc g3(w http.ResponseWriter, r *http.Request) {\n	req, _ := http.NewRequest(\"GET\", \"https://api.example.com\", r.Body)\n	req.Header = r.Header.Clone()\n	req.Header.Del(\"Authorization\")\n	http.DefaultClient.Do(req)\n}\n",
    ),
    good(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc g5(w http.ResponseWriter, r *http.Request) {\n	own, _ := fetchToken(r.Header.Get(\"Authorization\"))\n	req, _ := http.NewRequest(\"GET\", \"https://api.example.com\", nil)\n	req.Header.Set(\"Authorization\", \"Bearer \"+own)\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"context\"\n	\"fmt\"\n	\"net/http\"\n	\"strings\"\n)\n\ntype tokenKey struct{}\n\nfunc mid(next http.Handler) http.Handler {\n	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n		token := strings.TrimPrefix(r.Header.Get(\"Authorization\"), \"Bearer \")\n		ctx := context.WithValue(r.Context(), tokenKey{}, token)\n		next.ServeHTTP(w, r.WithContext(ctx))\n	})\n}\n\nfunc b4(ctx context.Context) {\n	token, _ := ctx.Value(tokenKey{}).(string)\n	req, _ := http.NewRequest(\"GET\", \"https://api.example.com\", nil)\n	req.Header.Set(\"Authorization\", fmt.Sprintf(\"Bearer %s\", token))\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"context\"\n	\"net/http\"\n	\"strings\"\n)\n\ntype tokenKey struct{}\n\nfunc mid(next http.Handler) http.Handler {\n	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n		token := strings.TrimPrefix(r.Header.Get(\"Authorization\"), \"Bearer \")\n		ctx := context.WithValue(r.Context(), tokenKey{}, token)\n		next.ServeHTTP(w, r.WithContext(ctx))\n	})\n}\n\ntype transport struct{ base http.RoundTripper }\n\nfunc (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {\n	token, _ := req.Context().Value(tokenKey{}).(string)\n	req = req.Clone(req.Context())\n	req.Header.Set(\"Authorization\", \"Bearer \"+token)\n	return t.base.RoundTrip(req)\n}\n",
    ),
    bad(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn b1(headers: HeaderMap) -> String {\n    let token = headers.get(\"authorization\").and_then(|v| v.to_str().ok()).unwrap_or_default();\n    let client = Client::new();\n    client.get(\"https://api\").header(\"Authorization\", token).send().await\n}\n",
    ),
    bad(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn b2(headers: HeaderMap, client: Client) -> String {\n    let token = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|s| s.strip_prefix(\"Bearer \")).unwrap();\n    client.get(\"https://api\").bearer_auth(token).send().await\n}\n",
    ),
    bad(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn b3(headers: HeaderMap, client: Client) -> String {\n    client.get(\"https://api\").headers(headers).send().await\n}\n",
    ),
    good(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn g3(mut headers: HeaderMap, client: Client) -> String {\n    headers.remove(AUTHORIZATION);\n    client.get(\"https://api\").headers(headers).send().await\n}\n",
    ),
    bad(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn b4(headers: HeaderMap, client: Client) -> String {\n    let mut out = reqwest::header::HeaderMap::new();\n    for (name, value) in headers.iter() {\n        if name == \"host\" { continue; }\n        out.insert(name.clone(), value.clone());\n    }\n    client.get(\"https://api\").headers(out).send().await\n}\n",
    ),
    good(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn g4(headers: HeaderMap, client: Client) -> String {\n    let mut out = reqwest::header::HeaderMap::new();\n    for (name, value) in headers.iter() {\n        if name == AUTHORIZATION { continue; }\n        out.insert(name.clone(), value.clone());\n    }\n    client.get(\"https://api\").headers(out).send().await\n}\n",
    ),
    good(
        Rust,
        "use axum::http::HeaderMap;\nuse axum::http::header::AUTHORIZATION;\nuse reqwest::Client;\n\nasync fn g5(headers: HeaderMap, client: Client) -> String {\n    let own = exchange(headers.get(AUTHORIZATION).unwrap()).await;\n    client.get(\"https://api\").bearer_auth(own).send().await\n}\n",
    ),
    bad(
        Java,
        "package a;\n\nimport jakarta.servlet.http.HttpServletRequest;\nimport org.springframework.http.HttpHeaders;\nimport org.springframework.http.HttpEntity;\nimport org.springframework.web.client.RestTemplate;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String b1(HttpServletRequest request) {\n        String auth = request.getHeader(\"Authorization\");\n        HttpHeaders headers = new HttpHeaders();\n        headers.set(\"Authorization\", auth);\n        return rest.exchange(\"https://api\", HttpMethod.GET, new HttpEntity<>(headers), String.class).getBody();\n    }\n}\n",
    ),
    bad(
        Java,
        "package a;\n\nimport org.springframework.web.client.RestTemplate;\nimport org.springframework.web.bind.annotation.RequestHeader;\nimport java.net.http.HttpRequest;\nimport java.net.http.HttpClient;\nimport java.net.URI;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String b2(@RequestHeader(\"Authorization\") String auth) {\n        HttpRequest out = HttpRequest.newBuilder().uri(URI.create(\"https://api\")).header(\"Authorization\", auth).build();\n        return HttpClient.newHttpClient().send(out, null).body();\n    }\n}\n",
    ),
    bad(
        Java,
        "package a;\n\nimport org.springframework.http.HttpHeaders;\nimport org.springframework.http.HttpEntity;\nimport org.springframework.web.client.RestTemplate;\nimport org.springframework.security.oauth2.jwt.Jwt;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String b3(Jwt jwt) {\n        HttpHeaders headers = new HttpHeaders();\n        headers.setBearerAuth(jwt.getTokenValue());\n        HttpEntity<String> e = new HttpEntity<>(\"x\", headers);\n        return rest.exchange(\"https://api\", HttpMethod.GET, e, String.class).getBody();\n    }\n}\n",
    ),
    good(
        Java,
        "package a;\n\nimport org.springframework.http.HttpHeaders;\nimport org.springframework.web.client.RestTemplate;\nimport org.springframework.web.bind.annotation.RequestHeader;\nimport java.net.http.HttpRequest;\nimport java.net.http.HttpClient;\nimport java.net.URI;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String g4(@RequestHeader(HttpHeaders.AUTHORIZATION) String auth) {\n        String own = exchange.exchange(auth);\n        HttpRequest out = HttpRequest.newBuilder().uri(URI.create(\"https://api\")).header(\"Authorization\", own).build();\n        return HttpClient.newHttpClient().send(out, null).body();\n    }\n}\n",
    ),
    bad(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> B1() {\n        var token = Request.Headers[\"Authorization\"].ToString();\n        var request = new HttpRequestMessage(HttpMethod.Get, \"https://api\");\n        request.Headers.Add(\"Authorization\", token);\n        return await (await _http.SendAsync(request)).Content.ReadAsStringAsync();\n    }\n}\n",
    ),
    bad(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> B2() {\n        var token = _accessor.HttpContext.Request.Headers.Authorization.ToString().Replace(\"Bearer \", \"\");\n        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", token);\n        return await _http.GetStringAsync(\"https://api\");\n    }\n}\n",
    ),
    bad(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> B3([FromHeader(Name = \"Authorization\")] string auth) {\n        var client = _factory.CreateClient();\n        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(auth);\n        return await client.GetStringAsync(\"https://api\");\n    }\n}\n",
    ),
    bad(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> B4() {\n        var request = new HttpRequestMessage(HttpMethod.Get, \"https://api\");\n        foreach (var header in Request.Headers) {\n            request.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());\n        }\n        return await _http.SendAsync(request);\n    }\n}\n",
    ),
    good(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> G4() {\n        var request = new HttpRequestMessage(HttpMethod.Get, \"https://api\");\n        foreach (var header in Request.Headers) {\n            if (header.Key == \"Authorization\") continue;\n            request.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());\n        }\n        return await _http.SendAsync(request);\n    }\n}\n",
    ),
    good(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> G5([FromHeader(Name = \"Authorization\")] string auth) {\n        var own = await Exchange(auth);\n        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", own);\n        return await _http.GetStringAsync(\"https://api\");\n    }\n}\n",
    ),
];

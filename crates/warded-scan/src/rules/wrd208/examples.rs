//! What it looks like, in each language.

use crate::{
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    rule::{Example, bad, good},
};

pub(super) const EXAMPLES: &[Example] = &[
    bad(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef q1(access_token):\n    return requests.get(f\"https://api.example.com?access_token={access_token}\")\n",
    ),
    bad(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef q2(token):\n    return requests.get(\"https://api.example.com\", params={\"access_token\": token})\n",
    ),
    bad(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef q3(request: Request):\n    token = request.query_params.get(\"access_token\")\n    return token\n",
    ),
    good(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef refused(request: Request):\n    if request.query_params.get(\"access_token\"):\n        raise ValueError\n",
    ),
    good(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef next_page(page):\n    return requests.get(\"https://api.example.com\", params={\"page_token\": page, \"token\": page})\n",
    ),
    good(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef sent(access_token):\n    return requests.post(\"https://api.example.com\", data={\"access_token\": access_token})\n",
    ),
    good(
        Python,
        "import requests\nfrom fastapi import Request\n\ndef confirmed(reset_token):\n    return f\"https://example.com/reset?token={reset_token}\"\n",
    ),
    bad(
        TypeScript,
        "export function read(req, res) {\n  const token = req.query.access_token;\n  return token;\n}\n",
    ),
    bad(
        TypeScript,
        "export function back(res, token) {\n  res.redirect(`https://app.example.com/done?access_token=${token}`);\n}\n",
    ),
    bad(
        JavaScript,
        "function get(accessToken) {\n  const url = new URL('https://api.example.com');\n  url.searchParams.set('access_token', accessToken);\n  return fetch(url);\n}\n",
    ),
    good(
        JavaScript,
        "function get(csrfToken) {\n  return fetch(`https://api.example.com?token=${csrfToken}`);\n}\n",
    ),
    good(
        TypeScript,
        "export function refuse(req, res) {\n  if (req.query && req.query.access_token) {\n    return res.status(400).end();\n  }\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc get(accessToken string) {\n	http.Get(\"https://api.example.com?access_token=\" + accessToken)\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"net/url\"\n)\n\nfunc get(accessToken string) *url.URL {\n	u, _ := url.Parse(\"https://api.example.com\")\n	q := u.Query()\n	q.Set(\"access_token\", accessToken)\n	u.RawQuery = q.Encode()\n	return u\n}\n",
    ),
    bad(
        Go,
        "package server\n\nimport (\n	\"net/http\"\n)\n\nfunc read(w http.ResponseWriter, r *http.Request) string {\n	token := r.URL.Query().Get(\"access_token\")\n	return token\n}\n",
    ),
    good(
        Go,
        "package server\n\nimport (\n	\"net/url\"\n)\n\nfunc get(page string) *url.URL {\n	u, _ := url.Parse(\"https://api.example.com\")\n	q := u.Query()\n	q.Set(\"page_token\", page)\n	u.RawQuery = q.Encode()\n	return u\n}\n",
    ),
    bad(
        Rust,
        "async fn get(access_token: &str, client: reqwest::Client) {\n    client.get(format!(\"https://api.example.com?access_token={}\", access_token)).send().await;\n}\n",
    ),
    bad(
        Rust,
        "async fn get(token: &str, client: reqwest::Client) {\n    client.get(\"https://api.example.com\").query(&[(\"access_token\", token)]).send().await;\n}\n",
    ),
    good(
        Rust,
        "async fn get(cursor: &str, client: reqwest::Client) {\n    client.get(\"https://api.example.com\").query(&[(\"page_token\", cursor)]).send().await;\n}\n",
    ),
    bad(
        Java,
        "package a;\n\nimport org.springframework.web.client.RestTemplate;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String q1(String accessToken) {\n        return rest.getForObject(\"https://x?access_token=\" + accessToken, String.class);\n    }\n}\n",
    ),
    bad(
        Java,
        "package a;\n\nimport jakarta.servlet.http.HttpServletRequest;\nimport org.springframework.web.client.RestTemplate;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String q2(HttpServletRequest request) {\n        String t = request.getParameter(\"access_token\");\n        return t;\n    }\n}\n",
    ),
    good(
        Java,
        "package a;\n\nimport org.springframework.web.client.RestTemplate;\n\npublic class A {\n    private RestTemplate rest;\n\n    public String next(String cursor) {\n        return rest.getForObject(\"https://api.example.com?page_token=\" + cursor, String.class);\n    }\n}\n",
    ),
    bad(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public async Task<string> Q1(string accessToken) {\n        return await _http.GetStringAsync($\"https://x?access_token={accessToken}\");\n    }\n}\n",
    ),
    bad(
        CSharp,
        "using System.Net.Http;\nusing System.Net.Http.Headers;\nusing Microsoft.AspNetCore.Http;\nusing Microsoft.AspNetCore.Mvc;\n\npublic class A : ControllerBase {\n    private readonly HttpClient _http;\n    private readonly IHttpContextAccessor _accessor;\n    private readonly IHttpClientFactory _factory;\n\n    public string Q2() {\n        var t = Request.Query[\"access_token\"];\n        return t;\n    }\n}\n",
    ),
    good(
        CSharp,
        "using System.Net.Http;\n\npublic class A {\n    private readonly HttpClient _http;\n\n    public Task<string> Next(string cursor) {\n        return _http.GetStringAsync($\"https://api.example.com?page_token={cursor}\");\n    }\n}\n",
    ),
    bad(
        Java,
        "import com.example.Request;\n\nclass Signer {\n    void sign(String accessToken, Request request) {\n        request.addQueryParameter(\"access_token\", accessToken);\n    }\n}\n",
    ),
    good(
        Java,
        "import com.example.Request;\n\nclass Signer {\n    void sign(String accessToken, Request request) {\n        request.addQueryParameter(\"page\", next);\n        request.addHeader(\"Authorization\", \"Bearer \" + accessToken);\n    }\n}\n",
    ),
    bad(
        Java,
        "import java.net.URI;\nimport org.apache.http.client.utils.URIBuilder;\n\nclass Signer {\n    URI sign(String accessToken) throws Exception {\n        return new URIBuilder(SERVER_URL).addParameter(\"access_token\", accessToken).build();\n    }\n}\n",
    ),
];

//! Requests as code in Rust makes them.

use super::{found, one};

#[test]
fn an_address_that_parameters_are_added_to_is_a_request() {
    let source = r#"
pub fn plain(metadata: &Metadata) -> String {
    let mut url = metadata.authorization_endpoint.clone();
    url.query_pairs_mut().append_pair("response_type", "code").append_pair("client_id", ID);
    url.into()
}
pub fn bound(metadata: &Metadata) -> Result<Url, Error> {
    let mut url = Url::parse(&metadata.endpoint)?;
    url.query_pairs_mut().append_pair("response_type", "code").append_pair("client_id", ID);
    url.query_pairs_mut().append_pair("resource", SERVER);
    Ok(url)
}
pub fn sometimes(metadata: &Metadata, resource: Option<&str>) -> Url {
    let mut url = metadata.endpoint.clone();
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", ID);
        if let Some(resource) = resource {
            query.append_pair("resource", resource);
        }
    }
    url
}
pub fn other(url: &mut Url) {
    url.query_pairs_mut().append_pair("response_type", "token").append_pair("page", "1");
}
"#;
    assert_eq!(one("a.rs", source), ["WRD102 4", "WRD105 16"]);
}

#[test]
fn names_of_modules_within_a_file_are_found() {
    let names = r#"
pub mod param {
    pub const RESPONSE_TYPE: &str = "response_type";
    pub const CLIENT_ID: &str = "client_id";
    pub mod response_type { pub const CODE: &str = "code"; }
}
"#;
    let source = r"
use crate::names::param;
pub fn url(endpoint: &str) -> Url {
    let mut url = Url::parse(endpoint).unwrap();
    url.query_pairs_mut()
        .append_pair(param::RESPONSE_TYPE, param::response_type::CODE)
        .append_pair(param::CLIENT_ID, ID);
    url
}
";
    let files =
        [("Cargo.toml", "[package]\nname = \"a\"\n"), ("src/names.rs", names), ("src/lib.rs", source)];
    assert_eq!(found(&files), ["WRD102 5"]);
}

#[test]
fn patterns_of_several_ask_for_each() {
    let source = r#"
async fn redeem(http: reqwest::Client, given: (Option<String>, Option<String>)) {
    let mut form = vec![("grant_type", "authorization_code"), ("code", CODE)];
    if let (Some(resource), Some(_)) = given {
        form.push(("resource", resource));
    }
    http.post(URL).form(&form).send().await;
}
async fn renew(client: oauth2::Client, session: Option<S>, query: Option<Q>) {
    if let (Some(session), Some(query)) = (session, query) {
        return;
    }
    client.exchange_refresh_token(&token).request_async(&http).await;
}
"#;
    assert_eq!(one("a.rs", source), ["WRD105 7", "WRD103 13"]);
}

#[test]
fn pairs_are_parameters_for_whoever_sends_them() {
    let source = r#"
async fn redeem(http: Arc<dyn Http>) {
    let form = vec![("grant_type".to_string(), "authorization_code".to_string()), ("code".to_string(), code)];
    http.post_token(TOKEN_URL, &form).await
}
async fn other(http: Arc<dyn Http>) {
    let form = vec![("kind".to_string(), "grant_type".to_string()), ("code".to_string(), code)];
    http.post_token(TOKEN_URL, &form).await
}
"#;
    assert_eq!(one("a.rs", source), ["WRD101 4"]);
}

#[test]
fn devices_are_authorized_for_a_server_too() {
    let source = r#"
fn plain(client: oauth2::Client) {
    let details = client.exchange_device_code().request(&http).unwrap_or_else(|_| unreachable!());
    client.exchange_device_access_token(&details).unwrap_or_else(|_| panic!("no")).request(&http, sleep, None);
}
fn bound(client: oauth2::Client) {
    let details = client.exchange_device_code().add_extra_param("resource", SERVER).request(&http);
    client.exchange_device_access_token(&details).add_extra_param("resource", SERVER).request(&http, sleep, None);
}
"#;
    assert_eq!(one("a.rs", source), ["WRD102 3", "WRD101 4"]);
}

#[test]
fn what_stands_in_for_nothing_is_always_there() {
    let source = r#"
async fn redeem(http: reqwest::Client, config: &Config) {
    let resource = config.resource.as_deref().unwrap_or(SERVER);
    let form = [("grant_type", "authorization_code"), ("code", code), ("resource", resource)];
    http.post(URL).form(&form).send().await
}
"#;
    assert_eq!(one("a.rs", source), [""; 0]);
}

#[test]
fn what_is_only_in_tests_is_not_followed() {
    let source = r#"
#[cfg(test)]
mod tests {
    async fn redeem(http: reqwest::Client) {
        http.post(URL).form(&[("grant_type", "authorization_code"), ("code", code)]).send().await
    }
}
#[cfg(feature = "client")]
mod client {
    async fn redeem(http: reqwest::Client) {
        http.post(URL).form(&[("grant_type", "authorization_code"), ("code", code)]).send().await
    }
}
"#;
    assert_eq!(one("a.rs", source), ["WRD101 11"]);
}

#[test]
fn what_a_server_says_of_itself_is_no_document_of_another() {
    let source = r"
fn describe(options: Options) -> AuthMetadata {
    AuthMetadataBuilder::new(&options.server_url).authorization_servers(vec![&options.issuer]).build()
}
";
    assert_eq!(one("a.rs", source), [""; 0]);
}

#[test]
fn a_document_of_a_server_is_believed_by_whoever_asks_it() {
    let source = r"
pub struct ProtectedResourceMetadata { pub resource: String, pub authorization_servers: Vec<String> }
impl ProtectedResourceMetadata {
    pub async fn discover(client: &Client, base: &str) -> Result<Self, Error> {
        Ok(client.get(base).send().await?.json().await?)
    }
    pub fn authorization_server(&self) -> Option<&str> {
        self.authorization_servers.first().map(String::as_str)
    }
}
impl Login {
    async fn believes(&mut self) -> Result<(), Error> {
        let meta = ProtectedResourceMetadata::discover(&self.client, &self.url).await?;
        self.issuer = meta.authorization_server();
    }
    async fn asks(&mut self) -> Result<(), Error> {
        let meta = ProtectedResourceMetadata::discover(&self.client, &self.url).await?;
        if meta.resource != self.url { return Err(Error::Other); }
        self.issuer = meta.authorization_server();
    }
}
fn says() -> ProtectedResourceMetadata {
    let meta = ProtectedResourceMetadata { resource: URL.into(), authorization_servers: vec![ISSUER.into()] };
    log(meta.authorization_servers.len());
    meta
}
";
    assert_eq!(one("a.rs", source), ["WRD107 14"]);
}

#[test]
fn tokens_that_are_kept_by_their_issuer_alone_are_a_note_in_each_function() {
    let source = r#"
impl Client {
    async fn token(&self, issuer: &str) -> Option<Token> {
        if let Some(token) = self.store.get_access_token(issuer).await {
            return Some(token);
        }
        self.store.set_tokens(issuer, self.renewed().await).await
    }
    async fn bound(&self, issuer: &str, resource: &str) -> Option<Token> {
        self.store.get_access_token(&format!("{issuer} {resource}")).await
    }
    async fn of_client(&self, client_id: &str) -> Option<Token> {
        self.store.get_access_token(client_id).await
    }
}
"#;
    assert_eq!(one("a.rs", source), ["WRD108 4"]);
}

#[test]
fn what_is_put_together_for_others_is_told_where_that_is_done() {
    let client = |more: &str, sends: &str| {
        format!(
            r#"
pub struct Form {{
    body: Vec<(String, String)>,
}}
impl Form {{
    pub fn new() -> Self {{
        Self {{ body: Vec::new() }}
    }}
    pub fn put_in(&mut self, key: &str, value: &str) {{
        self.body.push((key.to_owned(), value.to_owned()));
    }}
}}
pub fn renewal(token: &str, servers: &[String]) -> Result<Form, Error> {{
    let mut form = Form::new();
    form.put_in("grant_type", "refresh_token");
    form.put_in("refresh_token", token);
    {more}
    Ok(form)
}}
async fn send(http: &reqwest::Client, form: Form) -> reqwest::Result<Answer> {{
    http.post(URL).form(&form.body).send().await?.json().await
}}
{sends}
"#
        )
    };
    let sends = "pub async fn renew(http: &reqwest::Client, token: &str, servers: &[String]) -> Result<Answer, Error> {\n    let form = renewal(token, servers)?;\n    Ok(send(http, form).await?)\n}\n";
    for sends in ["", sends] {
        assert_eq!(one("a.rs", &client("", sends)), ["WRD103 15"]);
        assert_eq!(one("a.rs", &client("form.put_in(\"resource\", SERVER);", sends)), [""; 0]);
        let each = "for server in servers {\n        form.put_in(\"resource\", server);\n    }";
        assert_eq!(one("a.rs", &client(each, sends)), ["WRD105 15"]);
    }
}

#[test]
fn an_option_of_which_no_more_is_known_may_be_nothing() {
    let client = |given: &str| {
        format!(
            r#"
#[derive(Serialize)]
struct Body<'a> {{
    grant_type: &'a str,
    code: &'a str,
    resource: Option<&'a str>,
}}
pub struct Settings {{
    resource: Option<String>,
}}
async fn redeem(http: &reqwest::Client, code: &str, settings: &Settings, server: Option<&str>) -> Result<Answer, Error> {{
    {given}
    http.post(URL).form(&Body {{ grant_type: "authorization_code", code, resource }}).send().await?.json().await
}}
"#
        )
    };
    for sometimes in ["let resource = server;", "let resource = settings.resource.as_deref();"] {
        assert_eq!(one("a.rs", &client(sometimes)), ["WRD105 13"], "{sometimes}");
    }
    for always in [
        "let resource = Some(SERVER);",
        "let resource = Some(server.ok_or(Error::Missing)?);",
        "let resource = Some(server.unwrap_or(SERVER));",
        "let resource = Some(settings.resource.as_deref().expect(\"a server\"));",
        "let Some(resource) = settings.resource.as_deref() else { return Err(Error::Missing) };",
        "let resource = match server { Some(server) => server, None => return Err(Error::Missing) };",
    ] {
        assert_eq!(one("a.rs", &client(always)), [""; 0], "{always}");
    }
    assert_eq!(one("a.rs", &client("let resource = None;")), ["WRD101 13"]);
}

#[test]
fn what_an_option_or_a_list_is_mapped_to_may_be_none() {
    let client = |form: &str| {
        format!(
            "async fn redeem(http: &reqwest::Client, code: &str, server: Option<&str>) -> reqwest::Result<Answer> {{\n    let mut form = vec![(\"grant_type\", \"authorization_code\"), (\"code\", code)];\n    {form}\n    http.post(URL).form(&form).send().await?.json().await\n}}\n"
        )
    };
    let sometimes = [
        "form.extend(server.map(|it| (\"resource\", it)));",
        "let form: Vec<_> = form.into_iter().chain(server.map(|it| (\"resource\", it))).collect();",
    ];
    for form in sometimes {
        assert_eq!(one("a.rs", &client(form)), ["WRD105 4"], "{form}");
    }
    let always = [
        "form.extend([(\"resource\", SERVER)]);",
        "let form: Vec<_> = form.into_iter().chain([(\"resource\", SERVER)]).collect();",
    ];
    for form in always {
        assert_eq!(one("a.rs", &client(form)), [""; 0], "{form}");
    }
    let other = "form.extend(server.map(|it| (\"scope\", it)));";
    assert_eq!(one("a.rs", &client(other)), ["WRD101 4"]);
}

#[test]
fn a_variant_is_sent_with_what_its_enumeration_says() {
    let source = r#"
#[derive(Serialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum Grant<'a> {
    AuthorizationCode { code: &'a str },
    RefreshToken { refresh_token: &'a str, resource: &'a str },
}
async fn redeem(http: &reqwest::Client, code: &str) -> reqwest::Result<Answer> {
    post(http, &Grant::AuthorizationCode { code }).await
}
async fn renew(http: &reqwest::Client, token: &str) -> reqwest::Result<Answer> {
    post(http, &Grant::RefreshToken { refresh_token: token, resource: SERVER }).await
}
async fn post(http: &reqwest::Client, grant: &Grant<'_>) -> reqwest::Result<Answer> {
    http.post(URL).form(grant).send().await?.json().await
}
"#;
    assert_eq!(one("a.rs", source), ["WRD101 9"]);
    assert_eq!(one("a.rs", &source.replace("tag = \"grant_type\"", "tag = \"kind\"")), [""; 0]);
}

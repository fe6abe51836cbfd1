use super::{
    form,
    hostile::{nested, survives, survives_changes},
};
use crate::language::Language;

fn rust(source: &str) -> String {
    form(Language::Rust, source)
}

const DECLARATIONS: &str = r#"//! Docs.
use std::{collections::HashMap, fmt, sync::Arc};
use oauth2::{self, basic::{BasicClient as Client, BasicTokenType}, TokenResponse as _, reqwest::*};
use crate::auth::token::{fetch, self};
use super::Parent;
pub use self::inner::thing;
extern crate serde;
mod inner;
pub mod near { pub fn there() {} }

const AUDIENCE: &str = "https://mcp.example";
static CLIENT: OnceLock<Client> = OnceLock::new();
type Short = oauth2::basic::BasicClient<A, B>;

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config<'a, T> where T: Clone {
    /// The URL.
    #[serde(default)]
    pub url: Option<Arc<oauth2::TokenUrl>>,
    map: HashMap<String, String>,
    more: &'a T,
}
struct Wrapped(pub String, Config);
enum Grant { Code(String), Refresh { token: String }, None }

pub trait Store: Send + Base {
    const LIMIT: u32 = 3;
    fn get(&self) -> String;
    fn both(&self) -> String { self.get() }
}

impl Config {
    pub const NAME: &'static str = "x";
    pub fn new(url: impl Into<String>, store: &dyn Store) -> Self {
        Self { url, map: Self::default_map(), ..Default::default() }
    }
    #[tool(description = "says", retries = 3)]
    async fn say(self: &Arc<Self>, (a, b): (u8, u8), mut c: &mut Vec<u8>) {}
}
impl fmt::Display for Config<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}: {url}", self.name, url = self.url) }
}
impl Elsewhere { fn more(&self) {} }

#[cfg(feature = "near")]
mod tests {
    use super::*;
    use super::Config;
    use super::super::far;
    #[test]
    fn works() { super::near::there(); crate::auth::Client::new(1); self::local() }
}
"#;

#[test]
fn declarations() {
    insta::assert_snapshot!(rust(DECLARATIONS));
}

const STEPS: &str = r#"
async fn steps(&self, token: Option<&str>) -> Result<Claims, Error> {
    let Some(token) = token else { return Err(Error::None) };
    let Ok(header) = decode_header(token).await else { bail!("no header in {token}") };
    let (a, mut b) = pair;
    let Config { url, map: ref m, .. } = config;
    let value = if flag { one() } else { two };
    let longer = if flag { log(); one() } else if let Some(x) = &self.x { x } else { return Ok(claims) };
    let matched = match kind { "a" | "b" => 1, 'c' if flag => { log(); 2 } Kind::D(y, z) => y, other => 4 };
    if let Some(resource) = &self.resource {
        form.push(("resource", resource));
    }
    if let Err(error) = check(token)? { return Err(error.into()); }
    if let Some(a) = x && let Some(b) = a.b && b == c { both(a, b) }
    while let Some(next) = items.next() { if next == 3 { continue; } use_it(next); }
    for (key, value) in &map { form.insert(key, value); }
    loop { break; }
    match self.resource.as_ref() { Some(r) => set(r), None => {} }
    match call(1) { Err(_) => return Ok(none), Ok(v) => v.done(), }
    match method { Method::GET => get(), _ => unreachable!("{}", method) }
    self.map["a"] = 1; count += 1; *self.x.lock() = Some(2); validation.validate_aud = false;
    assert!(claims.aud == AUD, "no"); ensure!(aud.contains(&AUD), "no"); assert_eq!(a, b);
    fn inside() -> u8 { 3 }
    let f = |x: &str, (y, _)| x.len() + y;
    let g = async move { run().await? };
    items.iter().any(|one| one == &AUD);
    unsafe { danger() };
    'outer: loop { loop { break 'outer } }
    Ok(claims)
}
fn nothing() { tail() }
fn worth() -> u8 { if a { 1 } else { 2 } }
"#;

#[test]
fn steps() {
    insta::assert_snapshot!(rust(STEPS));
}

const VALUES: &str = r##"
fn values() {
    let mut map = HashMap::new();
    let from = BTreeMap::from([("grant_type", "refresh_token"), (key, value)]);
    let pairs = vec![("a", 1), ("b", x.y()), ];
    let repeated = vec![0u8; 32];
    let array = [("a", "b")];
    let url = format!("{base}/token?x={}&y={1:?}{{z}}{named}", code, other, named = 3);
    let body = json!({"grant_type": "x", "inner": {"a": [1, null, self.url.clone()]}, key: format!("{x}"), (k): true});
    let made = hashmap!{ "a" => 1, b => c.d() };
    println!("{} and {name}", f(x));
    tracing::info!(user = %name, "said {}", what);
    let custom = custom!(a => b; c);
    let matched = matches!(claims.aud(), Some(ref x) if x == 1);
    let text = "tab\t\u{e9}\
        joined" ; let raw = r#"a\n"b" "#; let bytes = b"by\x41"; let c = '\'';
    let request = client
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(verifier)
        .add_extra_param("resource", resource.as_str())
        .request_async(&http).await?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[AUD]);
    let data = decode::<Claims>(&token, &key, &validation)?.claims;
    let config = oauth2::Config { id, url: u.0, ..base };
    let grant = Grant::Code(code);
    let closure = move |a| { log(); a + 1 };
    let generic = Vec::<u8>::from(x) as Thing;
    let through = <Config as Default>::default();
    let not = !a && *b != -1 || c | d; let unit = (); let index = xs[0].1; let some = Some(x).ok_or_else(|| panic!("no"))?;
    let deep = self.client.post(&url).form(&[("a", b)]).bearer_auth(token).send().await?.error_for_status()?.json::<T>().await?;
}
"##;

#[test]
fn values() {
    insta::assert_snapshot!(rust(VALUES));
}

#[test]
fn what_stands_around_an_error_is_read() {
    insta::assert_snapshot!(rust(
        r#"
fn broken() {
    before("a");
    let x = = 3 ( ;
    data.insert("resource", r);
}

fn after() { post(data) }
"#
    ));
}

#[test]
fn what_is_nested_without_end_is_a_gap() {
    let all = [
        ("const X: u8 = ", "(", ")", ";"),
        ("const X: u8 = ", "[", "]", ";"),
        ("fn f() ", "{", "}", ""),
        ("fn f() {", "if x {} else ", "", "{}}"),
        ("const X: u8 = ", "f(", ")", ";"),
        ("const X: u8 = ", "!", "", "y;"),
        ("const X: u8 = y", ".z()", "", ";"),
        ("const X: u8 = y", "?", "", ";"),
        ("fn f() {", "match x { 1 => ", "}", "}"),
        ("fn f() {", "|| ", "", "1 }"),
        ("const X: u8 = ", "vec![", "]", ";"),
        ("const X: u8 = json!", "{\"a\": ", "}", ";"),
        ("use a", "::{b", "}", ";"),
        ("fn f() { let ", "Some(", ")", " = x else {}; }"),
        ("fn f() { let ", "&", "", "x = y; }"),
        ("fn f(x: ", "Option<", ">", ") {}"),
        ("", "mod a {", "}", ""),
        ("fn f() { if let ", "1 | ", "", "2 = x {} }"),
        ("fn f() { if let 1 = x ", "&& let Some(a) = b ", "", "{} }"),
        ("const X: u8 = crate", "::a", "", "();"),
    ];
    for (before, open, close, after) in all {
        survives(Language::Rust, nested(before, open, close, after));
    }
}

#[test]
fn nothing_that_is_wrong_with_a_source_matters() {
    for source in [DECLARATIONS, STEPS, VALUES] {
        survives_changes(Language::Rust, source, 120);
    }
}

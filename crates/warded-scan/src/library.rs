//! What is known of libraries: one file of data for each, under `libraries/`.

mod otherwise;
mod written;

pub(crate) use written::Written;

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use serde::Deserialize;

use crate::{ir::Text, language::Language};

/// The files, by name.
const FILES: &[(&str, &str)] = &[
    ("csharp/http", include_str!("../libraries/csharp/http.toml")),
    ("csharp/identity-model", include_str!("../libraries/csharp/identity-model.toml")),
    ("csharp/web", include_str!("../libraries/csharp/web.toml")),
    ("java/auth0", include_str!("../libraries/java/auth0.toml")),
    ("java/clients", include_str!("../libraries/java/clients.toml")),
    ("java/google-oauth-client", include_str!("../libraries/java/google-oauth-client.toml")),
    ("java/scribejava", include_str!("../libraries/java/scribejava.toml")),
    ("java/java-jwt", include_str!("../libraries/java/java-jwt.toml")),
    ("java/jjwt", include_str!("../libraries/java/jjwt.toml")),
    ("java/jose4j", include_str!("../libraries/java/jose4j.toml")),
    ("java/headers", include_str!("../libraries/java/headers.toml")),
    ("java/http", include_str!("../libraries/java/http.toml")),
    ("java/std", include_str!("../libraries/java/std.toml")),
    ("java/metadata", include_str!("../libraries/java/metadata.toml")),
    ("java/names", include_str!("../libraries/java/names.toml")),
    ("java/nimbus", include_str!("../libraries/java/nimbus.toml")),
    ("java/spring-security", include_str!("../libraries/java/spring-security.toml")),
    ("java/spring-oauth2-client", include_str!("../libraries/java/spring-oauth2-client.toml")),
    ("java/web", include_str!("../libraries/java/web.toml")),
    ("java/verifiers", include_str!("../libraries/java/verifiers.toml")),
    ("go/any", include_str!("../libraries/go/any.toml")),
    ("python/any", include_str!("../libraries/python/any.toml")),
    ("javascript/any", include_str!("../libraries/javascript/any.toml")),
    ("rust/any", include_str!("../libraries/rust/any.toml")),
    ("java/any", include_str!("../libraries/java/any.toml")),
    ("csharp/any", include_str!("../libraries/csharp/any.toml")),
    ("python/requests-oauthlib", include_str!("../libraries/python/requests-oauthlib.toml")),
    ("python/aiohttp", include_str!("../libraries/python/aiohttp.toml")),
    ("python/keyring", include_str!("../libraries/python/keyring.toml")),
    ("javascript/mcp-sdk", include_str!("../libraries/javascript/mcp-sdk.toml")),
    ("javascript/oauth4webapi", include_str!("../libraries/javascript/oauth4webapi.toml")),
    ("javascript/openid-client", include_str!("../libraries/javascript/openid-client.toml")),
    ("javascript/simple-oauth2", include_str!("../libraries/javascript/simple-oauth2.toml")),
    ("javascript/keytar", include_str!("../libraries/javascript/keytar.toml")),
    ("go/keyring", include_str!("../libraries/go/keyring.toml")),
    ("rust/keyring", include_str!("../libraries/rust/keyring.toml")),
    ("rust/url", include_str!("../libraries/rust/url.toml")),
    ("go/golang-jwt", include_str!("../libraries/go/golang-jwt.toml")),
    ("go/clients", include_str!("../libraries/go/clients.toml")),
    ("go/go-jose", include_str!("../libraries/go/go-jose.toml")),
    ("go/go-oidc", include_str!("../libraries/go/go-oidc.toml")),
    ("go/zitadel-oidc", include_str!("../libraries/go/zitadel-oidc.toml")),
    ("go/http", include_str!("../libraries/go/http.toml")),
    ("go/jwx", include_str!("../libraries/go/jwx.toml")),
    ("go/oauth2", include_str!("../libraries/go/oauth2.toml")),
    ("go/url", include_str!("../libraries/go/url.toml")),
    ("go/web", include_str!("../libraries/go/web.toml")),
    ("go/verifiers", include_str!("../libraries/go/verifiers.toml")),
    ("javascript/arctic", include_str!("../libraries/javascript/arctic.toml")),
    ("javascript/axios", include_str!("../libraries/javascript/axios.toml")),
    ("javascript/fetch", include_str!("../libraries/javascript/fetch.toml")),
    ("javascript/guards", include_str!("../libraries/javascript/guards.toml")),
    ("javascript/mcp", include_str!("../libraries/javascript/mcp.toml")),
    ("javascript/jose", include_str!("../libraries/javascript/jose.toml")),
    ("javascript/jsonwebtoken", include_str!("../libraries/javascript/jsonwebtoken.toml")),
    ("javascript/url", include_str!("../libraries/javascript/url.toml")),
    ("javascript/web", include_str!("../libraries/javascript/web.toml")),
    ("python/clients", include_str!("../libraries/python/clients.toml")),
    ("python/httpx", include_str!("../libraries/python/httpx.toml")),
    ("python/authlib", include_str!("../libraries/python/authlib.toml")),
    ("python/fastmcp", include_str!("../libraries/python/fastmcp.toml")),
    ("python/functions", include_str!("../libraries/python/functions.toml")),
    ("javascript/oauth-clients", include_str!("../libraries/javascript/oauth-clients.toml")),
    ("javascript/services", include_str!("../libraries/javascript/services.toml")),
    ("python/services", include_str!("../libraries/python/services.toml")),
    ("python/oauth-clients", include_str!("../libraries/python/oauth-clients.toml")),
    ("javascript/functions", include_str!("../libraries/javascript/functions.toml")),
    ("python/google-auth", include_str!("../libraries/python/google-auth.toml")),
    ("python/joserfc", include_str!("../libraries/python/joserfc.toml")),
    ("python/jwcrypto", include_str!("../libraries/python/jwcrypto.toml")),
    ("python/mcp", include_str!("../libraries/python/mcp.toml")),
    ("python/python-jose", include_str!("../libraries/python/python-jose.toml")),
    ("python/pyjwt", include_str!("../libraries/python/pyjwt.toml")),
    ("python/requests", include_str!("../libraries/python/requests.toml")),
    ("python/urllib", include_str!("../libraries/python/urllib.toml")),
    ("python/verifiers", include_str!("../libraries/python/verifiers.toml")),
    ("python/web", include_str!("../libraries/python/web.toml")),
    ("rust/jsonwebtoken", include_str!("../libraries/rust/jsonwebtoken.toml")),
    ("rust/oauth2", include_str!("../libraries/rust/oauth2.toml")),
    ("rust/reqwest", include_str!("../libraries/rust/reqwest.toml")),
    ("rust/std", include_str!("../libraries/rust/std.toml")),
    ("rust/verifiers", include_str!("../libraries/rust/verifiers.toml")),
    ("rust/web", include_str!("../libraries/rust/web.toml")),
];

/// What is known of one library.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// What it is called.
    #[expect(dead_code, reason = "read by the pages that list what is known")]
    library: String,
    /// Where it comes from: `pypi:PyJWT`. Nothing for what comes with the language.
    #[serde(default)]
    package: Option<String>,
    /// In which language it is called.
    language: Tongue,
    /// What it can do that matters here.
    #[serde(default)]
    call: Vec<Call>,
    /// What it holds that matters here.
    #[serde(default)]
    value: Vec<Known>,
    /// What its users call what it hands them.
    #[serde(default)]
    parameter: Vec<Handed>,
}

/// Something that a library holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Its full paths. `?.a.b` is the `b` of an `a` of whatever.
    path: Vec<String>,
    /// What it is.
    #[serde(default)]
    is: Option<Holds>,
    /// The text that it is, where it is a constant.
    #[serde(default)]
    text: Option<String>,
}

/// A parameter whose type nobody writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    /// What it is called.
    name: Vec<String>,
    /// Its type, by its full path.
    path: String,
}

/// What something is that a library holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Holds {
    /// The credential that a caller came with.
    Credential,
    /// The headers of a request that came in.
    Headers,
    /// The headers of a request that is made here.
    Outgoing,
    /// The query of an address.
    Query,
    /// What tokens are verified with, a thing of its own wherever it is held.
    Validation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tongue {
    Python,
    JavaScript,
    Go,
    Rust,
    Java,
    CSharp,
}

impl Tongue {
    fn of(language: Language) -> Self {
        match language {
            Language::Python => Self::Python,
            Language::JavaScript | Language::TypeScript | Language::Tsx => Self::JavaScript,
            Language::Go => Self::Go,
            Language::Rust => Self::Rust,
            Language::Java => Self::Java,
            Language::CSharp => Self::CSharp,
        }
    }
}

/// A function, method or constructor that matters.
///
/// Where an argument is named, `name` is one by its name, `0` one by its place, `options.audience` an entry of one,
/// `self` what the method is called on, `2+` all from the third one on together: a list of options, or of what is written. The first that is
/// given counts. In what is written, `0/3` is the first one where at least three are given, `0.aud?` is nothing where all
/// entries are known and that one is not among them, and of `a|b` the first one that is given counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of its own in what is written of a library"
)]
pub(crate) struct Call {
    /// Its full paths. `?.name` is a method of that name, of whatever.
    path: Vec<String>,
    /// What it does.
    pub(crate) does: Does,
    /// What it gives back: `self`, `argument:0`, `copy:0` (a form with the same entries), `member:aud` of what it is
    /// called on, `claims`, a `url`, a `form` that is begun with an entry or is the argument, new `parameters` (of that `grant`, to that `url`), what it is given by `named`
    /// arguments, or the `options:0+` as one; of a request that came in `headers`, the `header:0` of that name, the
    /// `parameter:0` of its query, or the `credential`; the `query` of an address, the `own query` of one that only whoever has it adds to; what was `kept` for later; the `fields` of an object as a
    /// map; what is `optional:1`, and nothing where it is given none; the `function` that it is given, with what it is called with besides; something
    /// `new` of that library; an `error` where two that are compared do not fit. A request that gives nothing of that gives an answer.
    #[serde(default)]
    pub(crate) gives: Option<String>,
    /// Which argument is a function that it calls with all that follows.
    #[serde(default)]
    calls: Option<usize>,
    /// The same, where that is a function of a library.
    #[serde(default)]
    calls_library: Option<usize>,
    /// As which argument a function that it is given gets that.
    #[serde(default)]
    pub(crate) hands: Option<usize>,
    /// The argument that the claims are written to, `self`, or what is read of `value`.
    #[serde(default)]
    pub(crate) fills: Option<String>,
    /// Whether it writes to the headers that the request which it is called on is sent with.
    #[serde(default)]
    pub(crate) outgoing: bool,
    /// Under which key it writes: where that is, or `=key`. `*` for all entries of the value.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// What it writes: where that is, or `=false`.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Where the address is that it goes to.
    #[serde(default)]
    pub(crate) url: Vec<String>,
    /// Where the parameters are that it sends in the body, or in an authorization request. `**` are all that are given by
    /// name.
    #[serde(default)]
    pub(crate) body: Vec<String>,
    /// Where `resource` is, where it has a place of its own.
    #[serde(default)]
    pub(crate) resource: Vec<String>,
    /// Where the parameters of the query are.
    #[serde(default)]
    pub(crate) query: Vec<String>,
    /// Where the headers are.
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    /// What is written in the same file where that adds parameters in a way of its own: then nobody knows what it sends.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// How a copy of it begins that somebody has bundled: `jwtVerify(jwt, key, options)`, or `*(..)` where its name says
    /// nothing.
    #[serde(default)]
    copied: Vec<String>,
    /// Of which arguments one must be given for it to do that at all.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// Which grant it asks with, where the call itself says so; after `@`, where it is told.
    #[serde(default)]
    pub(crate) grant: Option<String>,
    /// Where the audience is that it demands.
    #[serde(default)]
    pub(crate) audience: Vec<String>,
    /// Whether it refuses every token where no audience is given to demand, unless that is switched off.
    #[serde(default)]
    pub(crate) closed: bool,
    /// What switches that off, where it is `false`; after `!`, where it is `true`.
    #[serde(default)]
    pub(crate) off: Vec<String>,
    /// What switches everything off, where it is `false`: then nothing is verified, only looked at.
    #[serde(default)]
    pub(crate) peek: Vec<String>,
    /// What it accepts where no audience is given to demand: `any` token, or only one that has none (`absent`).
    #[serde(default)]
    pub(crate) accepts: Accepts,
    /// Whether a token without an audience passes even where one is demanded; of a guard, whether somebody else may ask
    /// for the audience; of a store, whether it may be one that nobody shares.
    #[serde(default)]
    pub(crate) lenient: bool,
    /// What ends that: a list of the claims that must be there, or a switch.
    #[serde(default)]
    pub(crate) requires: Vec<String>,
    /// With which version that was measured, or in which it was read.
    #[serde(default)]
    pub(crate) measured: Option<String>,
    /// What it does otherwise in some versions: `since` or `before` one, and what differs.
    #[serde(default)]
    otherwise: Vec<otherwise::Otherwise>,
    /// Itself in those.
    #[serde(skip)]
    in_versions: Vec<otherwise::InVersion>,
    /// As bad as in all of them together.
    #[serde(skip)]
    at_worst: Option<Box<Call>>,
    /// Of which package, where it differs by version.
    #[serde(skip)]
    pub(crate) package: Option<String>,
    /// Whether a method that is called so sends something, whatever it is a method of. Too much is called `get` or `header`.
    #[serde(default)]
    pub(crate) telling: bool,
    /// Lists that what it gives begins with.
    #[serde(default)]
    pub(crate) holds: Vec<String>,
    /// What becomes of what it makes, where somebody else uses that later on.
    #[serde(default)]
    pub(crate) later: Option<Later>,
    /// The entries of what it makes that may bring what matters then: the audience, or `resource`.
    #[serde(default)]
    pub(crate) brings: Vec<String>,
}

/// What becomes of something that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Later {
    /// It verifies tokens.
    Verifies,
    /// It asks for tokens.
    AsksForTokens,
    /// It makes authorization requests.
    AsksForAuthorization,
}

/// What a call accepts that is given no audience to demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Accepts {
    /// Every token.
    #[default]
    Any,
    /// A token that has no audience.
    Absent,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Does {
    /// Verifies a token, and gives its claims.
    Verify,
    /// Signs a token.
    Sign,
    /// Reads the claims of a token, and verifies nothing.
    Peek,
    /// Makes something that verifies tokens, or guards with one.
    Guard,
    /// Asks an issuer about a token, and gives what it says.
    Introspect,
    /// Sends a request over HTTP.
    Send,
    /// Is given something, nobody knows what for: where these are the parameters of a request, it sends them.
    Pass,
    /// Puts something away under a key, for another time.
    Store,
    /// Makes a text of parameters.
    Encode,
    /// Begins to put something together, or goes on with it, and writes an entry as [`Does::Write`] does where it has a
    /// key. What it gives is what it is called on, whatever methods nobody knows are called in between.
    Build,
    /// Asks for a token.
    TokenRequest,
    /// Makes the address of an authorization request.
    AuthorizeRequest,
    /// Compares the two that `body` names, one of which may be a list.
    Compare,
    /// Makes an option: a thing with one entry.
    Option,
    /// Writes an entry of what it is called on, and gives that back.
    Write,
    /// Keeps the value where whoever has what it is called on, or the key, finds it again.
    Keep,
    /// Gives something back, and does nothing else that matters: what it gives can still be written to, or is sent by
    /// something else that is known.
    Gives,
}

impl Call {
    /// What it is called first of all.
    pub(crate) fn name(&self) -> &str {
        self.path.first().map_or("?", String::as_str)
    }

    /// Which argument it calls with all that follows, and whether only something of a library.
    pub(crate) fn called(&self) -> Option<(usize, bool)> {
        self.calls.map(|index| (index, false)).or(self.calls_library.map(|index| (index, true)))
    }

    /// What the type is called whose objects decide what this does, or that this makes.
    fn decided_by<'p>(&self, path: &'p str) -> Option<&'p str> {
        let parts = [&self.audience, &self.off, &self.peek, &self.body];
        let of_self =
            parts.into_iter().flatten().any(|part| part.trim_start_matches('!').starts_with("self."));
        let made = self.gives.as_deref().unwrap_or_default();
        let is_made = self.does == Does::Gives && (!self.holds.is_empty() || made.starts_with("options"));
        let (of, _) = path.rsplit_once('.').filter(|_| of_self || is_made)?;
        of.rsplit(['.', '/']).next()
    }

    /// Whether it does what it does, given arguments of these names.
    pub(crate) fn does_with<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> bool {
        self.needs.is_empty() || names.any(|name| self.needs.iter().any(|needed| needed == name))
    }

    /// Whether it is known by that path as a whole, and not by the name of a method alone.
    pub(crate) fn is_called(&self, path: &str) -> bool {
        !path.starts_with("?.") && self.path.iter().any(|known| known == path)
    }
}

/// What is known of all libraries.
#[derive(Debug, Default)]
pub(crate) struct Library {
    calls: Vec<Call>,
    by_path: HashMap<(Tongue, Text), usize>,
    /// What is bundled, by its name and parameters.
    copied: HashMap<(Tongue, Text), usize>,
    /// What calls give back is named so.
    made: HashSet<(Tongue, Text)>,
    values: HashMap<(Tongue, Text), Holds>,
    constants: HashMap<(Tongue, Text), Text>,
    parameters: HashMap<(Tongue, Text), Text>,
    /// What types are called whose objects decide what a call of them does: `Validation`, `Parser`.
    deciding: HashSet<(Tongue, Text)>,
    /// Types that are known, by all that a path begins with; and each by its last name, where that is of one alone.
    types: HashMap<(Tongue, Text), Option<Text>>,
    /// What the paths of calls, values and constants end in: of most paths that are met nothing is known.
    ends: HashMap<Tongue, HashSet<Text>>,
}

impl Library {
    /// All that is known.
    pub(crate) fn known() -> &'static Self {
        static KNOWN: LazyLock<Library> = LazyLock::new(|| Library::read().unwrap_or_default());
        &KNOWN
    }

    fn read() -> Result<Self, toml::de::Error> {
        let (mut calls, mut by_path) = (Vec::new(), HashMap::new());
        let (mut made, mut deciding) = (HashSet::new(), HashSet::new());
        let (mut types, mut values, mut parameters) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (mut constants, mut copied) = (HashMap::new(), HashMap::new());
        for (_, text) in FILES {
            let document: Document = toml::from_str(text)?;
            for call in document.call {
                for path in &call.path {
                    note_types(&mut types, document.language, path);
                    by_path.insert((document.language, Text::from(path.as_str())), calls.len());
                }
                let begins = call.copied.iter().map(|begins| (document.language, begins.as_str().into()));
                copied.extend(begins.map(|begins| (begins, calls.len())));
                made.insert((document.language, Text::from(call.name())));
                let types = call.path.iter().filter_map(|path| call.decided_by(path));
                deciding.extend(types.map(|name| (document.language, name.into())));
                calls.push(call.with_versions(document.package.as_deref()));
            }
            for known in document.value {
                for path in &known.path {
                    note_types(&mut types, document.language, path);
                    let key = (document.language, Text::from(path.as_str()));
                    if let Some(is) = known.is {
                        values.insert(key.clone(), is);
                    }
                    if let Some(text) = &known.text {
                        constants.insert(key, Text::from(text.as_str()));
                    }
                }
            }
            for handed in document.parameter {
                for name in handed.name {
                    parameters
                        .insert((document.language, Text::from(name)), Text::from(handed.path.as_str()));
                }
            }
        }
        let mut ends: HashMap<Tongue, HashSet<Text>> = HashMap::new();
        for (tongue, path) in by_path.keys().chain(values.keys()).chain(constants.keys()) {
            ends.entry(*tongue).or_default().insert(end_of(path).into());
        }
        Ok(Self { calls, by_path, copied, made, values, constants, parameters, deciding, types, ends })
    }

    /// What is known of that, by its path or else by the name of the method.
    pub(crate) fn find(&self, language: Language, path: &str) -> Option<&Call> {
        let tongue = Tongue::of(language);
        // What a library gives by default is the library.
        let plain = (tongue == Tongue::JavaScript).then(|| without_default(path)).flatten();
        let path = plain.as_deref().unwrap_or(path);
        if !self.has_end(tongue, path) {
            return None;
        }
        let exact = self.by_path.get(&(tongue, path.into()));
        let found = exact.or_else(|| {
            let (_, last) = path.rsplit_once('.')?;
            self.by_path.get(&(tongue, format!("?.{last}").into()))
        });
        self.calls.get(*found?)
    }

    /// The path of what a function of the project is a copy of, by its name and those of its parameters.
    pub(crate) fn copy_of(&self, language: Language, name: &str, parameters: &[&str]) -> Option<&str> {
        let tongue = Tongue::of(language);
        let parameters = parameters.join(", ");
        // Bundlers add numbers to names: `jwtVerify$1`.
        let name = name.split('$').next().unwrap_or(name);
        let mut known = [name, "*"].into_iter().map(|name| Text::from(format!("{name}({parameters})")));
        let index = known.find_map(|begins| self.copied.get(&(tongue, begins)))?;
        self.calls.get(*index).map(Call::name)
    }

    /// What is taken to be so of a method or function that nobody knows, by its name.
    pub(crate) fn passes(&self, language: Language, path: &str) -> Option<&Call> {
        let name = path.rsplit(['.', '/']).next().unwrap_or(path);
        let is_class = matches!(Tongue::of(language), Tongue::Python | Tongue::JavaScript | Tongue::Java)
            && name.starts_with(char::is_uppercase);
        if is_class {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let sends = SENDS.iter().any(|part| name.contains(part));
        let found = self.by_path.get(&(Tongue::of(language), "?.?".into())).filter(|_| sends)?;
        self.calls.get(*found)
    }

    /// Whether objects of a type of that name decide what is done with them.
    pub(crate) fn decides(&self, language: Language, name: &str) -> bool {
        self.deciding.contains(&(Tongue::of(language), name.into()))
    }

    /// What something is, by its path.
    pub(crate) fn holds(&self, language: Language, path: &str) -> Option<Holds> {
        let tongue = Tongue::of(language);
        if self.has_end(tongue, path) { by_end(&self.values, tongue, path).copied() } else { None }
    }

    /// The text that something is, where it is a constant, by its path.
    pub(crate) fn constant(&self, language: Language, path: &str) -> Option<&Text> {
        let tongue = Tongue::of(language);
        if self.has_end(tongue, path) { by_end(&self.constants, tongue, path) } else { None }
    }

    /// Whether anything is known of whatever is called so in the end.
    fn has_end(&self, tongue: Tongue, path: &str) -> bool {
        self.ends.get(&tongue).is_some_and(|ends| ends.contains(end_of(path)))
    }

    /// The type of a parameter that is called so, where nobody wrote one.
    pub(crate) fn handed(&self, language: Language, name: &str) -> Option<&Text> {
        self.parameters.get(&(Tongue::of(language), name.into()))
    }

    /// Whether anything is known of a type or a function, by its full path.
    pub(crate) fn has_path(&self, language: Language, path: &str) -> bool {
        let key = (Tongue::of(language), Text::from(path));
        path.contains('.') && (self.types.contains_key(&key) || self.by_path.contains_key(&key))
    }

    /// The full path of a type, where only one of that name is known.
    pub(crate) fn type_named(&self, language: Language, name: &str) -> Option<Text> {
        self.types.get(&(Tongue::of(language), name.into()))?.clone()
    }
}

/// The last part of a path.
fn end_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// What is known by that path, or else by its last two parts, or else by the last one alone.
fn by_end<'a, T>(all: &'a HashMap<(Tongue, Text), T>, tongue: Tongue, path: &str) -> Option<&'a T> {
    let known = |path: Text| all.get(&(tongue, path));
    known(path.into()).or_else(|| {
        let (rest, last) = path.rsplit_once('.')?;
        let of = rest.rsplit('.').next().unwrap_or_default();
        known(format!("?.{of}.{last}").into()).or_else(|| known(format!("?.{last}").into()))
    })
}

/// What is in the names of functions that send what they are given.
const SENDS: &[&str] = &[
    "post",
    "request",
    "fetch",
    "send",
    "token",
    "submit",
    "authenticate",
    "exchange",
    "http",
    "call",
    "grant",
    "invoke",
    "execute",
    "body",
];

/// Types are what begins with a capital letter, up to the first part that does.
fn note_types(types: &mut HashMap<(Tongue, Text), Option<Text>>, tongue: Tongue, path: &str) {
    // What is known by its end alone is no type.
    if !matches!(tongue, Tongue::Java | Tongue::CSharp) || path.starts_with('?') {
        return;
    }
    let mut upto = 0;
    for part in path.split('.') {
        upto += part.len();
        let whole = Text::from(path.get(..upto).unwrap_or_default());
        upto += 1;
        if part.starts_with(char::is_uppercase) && whole.contains('.') {
            types.insert((tongue, whole.clone()), None);
            let known = types.entry((tongue, part.into())).or_insert_with(|| Some(whole.clone()));
            if known.as_ref().is_some_and(|known| *known != whole) {
                *known = None;
            }
        }
    }
}

/// `axios.post` for `axios.default.post`.
fn without_default(path: &str) -> Option<String> {
    let found = path.split('.').any(|part| part == "default");
    found.then(|| path.split('.').filter(|part| *part != "default").collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Document, FILES, Library};

    #[test]
    fn every_file_can_be_read() {
        let library = Library::read().unwrap();
        assert!(library.calls.len() > FILES.len());
        assert_eq!(Library::known().calls.len(), library.calls.len());
    }

    #[test]
    fn nothing_is_told_twice() {
        let mut told: HashMap<_, &str> = HashMap::new();
        let mut twice = Vec::new();
        for (file, text) in FILES {
            let document: Document = toml::from_str(text).unwrap();
            let calls = document.call.iter().flat_map(|call| &call.path).map(|path| ("call", path));
            let values = document.value.iter().flat_map(|value| &value.path).map(|path| ("value", path));
            let parameters =
                document.parameter.iter().flat_map(|one| &one.name).map(|name| ("parameter", name));
            for (what, path) in calls.chain(values).chain(parameters) {
                if let Some(other) = told.insert((document.language, what, path.clone()), file) {
                    twice.push(format!("{what} {path}: {other}, {file}"));
                }
            }
        }
        assert!(twice.is_empty(), "{}", twice.join("\n"));
    }
}

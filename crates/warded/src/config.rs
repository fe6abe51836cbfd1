//! What the operator asks for: `warded.yaml`. These structs are the parser, the JSON schema and the reference page.
//!
//! A key is declared here when something acts on it. Everything that is wrong in a way that needs more than one
//! key to see is found in [`fleet`].

use schemars::JsonSchema;
use serde::Deserialize;

mod built_in;
pub mod fleet;
mod journal;
mod limits;
mod listen;
mod load;
mod located;
mod logins;
mod name;
mod policies;
mod resources;
mod secret;
pub mod serving;
mod text;
mod tokens;
mod upstream_auth;
mod watching;

pub use built_in::{AllowOrDeny, BuiltInIssuer, ClientDocuments, Exchange, IssuerDpop, Registration};
pub use journal::{Journal, JournalOrFolder, WhenFull};
pub use limits::Limits;
pub use listen::{Listen, ListenAt, Tls};
pub use load::{MAX_CONFIG_BYTES, load, read, said};
pub(crate) use load::{document, nearest};
pub use located::{Located, Named, Span};
pub use logins::{AdmitThose, AdmitWho, Login, LoginProvider};
pub use name::{Algorithm, Provider};
pub use policies::PolicyFiles;
pub use resources::{Resource, ResourceScopes};
pub use text::{Date, Lifetime, Size};
pub use tokens::Tokens;
pub use upstream_auth::{UpstreamAuth, UpstreamAuthKind};
pub use watching::{Alerts, Shutdown};

/// The configuration of Warded.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[schemars(title = "warded.yaml")]
pub struct Config {
    /// The URL under which the world reaches Warded, such as `https://mcp.example.com`. It is never guessed from
    /// a request. A server without a `resource` of its own is `PUBLIC_URL/NAME/mcp`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub public_url: Option<Located<String>>,
    /// Where `warded up` listens: an address and a port, or a list of them, each of which may say whether it speaks TLS, such
    /// as `[0.0.0.0:443, { address: "127.0.0.1:8700", tls: false }]`. Default: `127.0.0.1:8700`. Without `tls` it speaks
    /// plain HTTP; on any other address than loopback something in front of it must speak TLS then.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Listen")]
    pub listen: Option<Listen>,
    /// The certificate that Warded shows where it listens. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Tls")]
    pub tls: Option<Tls>,
    /// How much callers and servers behind may take.
    #[serde(default)]
    pub limits: Limits,
    /// The proxies in front of Warded, as addresses or blocks of them, such as `10.0.0.0/8`. Where one of them is
    /// connected, the caller is whom it names in `X-Forwarded-For`; of anybody else that header is ignored. Without
    /// it everybody behind a proxy is one address: limits per address are shared by all. Default: none.
    #[serde(default)]
    pub trusted_proxies: Vec<Located<String>>,
    /// What must not be forgotten: users, clients, grants, keys. `sqlite:PATH`, seen from the folder of this file.
    /// Default: `sqlite:warded.db`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub store: Option<Located<String>>,
    /// Where the key is with which all keys and secrets in the store are sealed: `env:NAME`, or `file:PATH` seen from the
    /// folder of this file; 32 bytes in base64url. Without it nobody can use what stands in the store. Default: a file
    /// beside the store, called like it and ending in `.key`, which is made at the first start.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub store_key: Option<Located<String>>,
    /// Who called what, and what was refused: the folder of the journal, seen from the folder of this file, or a
    /// mapping that says more. Default: `warded-journal`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "JournalOrFolder")]
    pub journal: Option<JournalOrFolder>,
    /// How much memory the tokens may take that need not be judged again at their next call: a number and `KiB` or
    /// `MiB`, at most `65536MiB`. Most take about 2 KiB. What finds no room is judged every time. Default: `128MiB`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Size>")]
    pub token_memory: Option<Located<Size>>,
    /// How many threads serve, at most `1024`. One is enough for tens of thousands of requests a second. Default: one
    /// for each processor.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u16>")]
    pub workers: Option<Located<u16>>,
    /// Where a running Warded is watched from: an address and a port that serves `/metrics`, `/healthz`, `/livez` and
    /// `/readyz`, in plain HTTP and without a token. Default: nowhere; callers' addresses serve all but `/metrics`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub operations: Option<Located<String>>,
    /// Who is told of attacks. Default: nobody.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Alerts")]
    pub alerts: Option<Alerts>,
    /// How it stops.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Shutdown")]
    pub shutdown: Option<Shutdown>,
    /// The way out: proxies, further root certificates, and a certificate of our own.
    #[serde(default)]
    pub network: Network,
    /// What may be done at every server, besides what each says itself: a policy file, seen from the folder of this file, or a
    /// list of them. What they count is counted over all servers, unless they say `per: server`. They are read again when
    /// they change. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "PolicyFiles")]
    pub policy: Option<PolicyFiles>,
    /// The MCP servers, by name. A name is 1 to 63 lower-case letters, digits, `-` and `_`.
    pub servers: Named<Server>,
    /// The issuers whose tokens servers accept, by name. Servers that name none trust the built-in issuer of
    /// their tier.
    #[serde(default)]
    pub issuers: Named<Issuer>,
    /// Where people log in at built-in issuers, besides with a password (`local`): OpenID providers and GitHub, by name.
    /// They say who somebody is, and nothing else is asked there. Default: none.
    #[serde(default)]
    pub logins: Named<Login>,
    /// MCP servers that others serve, and that built-in issuers issue tokens for all the same, by name. They are part of
    /// the proof. Default: none.
    #[serde(default)]
    pub resources: Named<Resource>,
}

/// How requests leave this machine.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The proxy through which Warded asks issuers and servers behind, over https: `none`; `environment`, which reads
    /// `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY`, `no_proxy` and `NO_PROXY` as curl does; a URL such as
    /// `http://proxy.example.com:3128`; or, where the URL holds a password, where it is: `env:NAME` or `file:PATH`.
    /// Default: `none`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub proxy: Option<Located<String>>,
    /// Who is reached without the proxy: a host with all that is below it, an address, or a block of addresses. This
    /// machine always is. Default: none.
    #[serde(default)]
    pub no_proxy: Vec<Located<String>>,
    /// The hosts to which URLs that others name may lead through the proxy, such as `login.example.com` or
    /// `*.example.com`: what a proxy connects to cannot be vetted from here. Default: none.
    #[serde(default)]
    pub proxied_hosts: Vec<Located<String>>,
    /// Files with certificates in PEM form, seen from the folder of this file: whom they vouch for is believed, besides
    /// whom this machine believes. Default: none.
    #[serde(default)]
    pub roots: Vec<Located<String>>,
    /// The certificate that is shown to issuers that ask for one. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "ClientCertificate")]
    pub client_certificate: Option<ClientCertificate>,
}

/// A certificate and its key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// The file with the certificate, and those that lead from it to a root, in PEM form, seen from the folder of this
    /// file.
    pub certificate: Located<String>,
    /// Where the private key is, in PEM form: `env:NAME`, or `file:PATH` seen from the folder of this file. It is read
    /// when `warded up` starts.
    pub key: Located<String>,
}

/// One MCP server: one key hole, for which each token is cut or is not.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The MCP server behind: its http(s) URL. `warded check` can do without it or `stdio`, `warded up` cannot.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub upstream: Option<Located<String>>,
    /// Instead of `upstream`: the command that is the MCP server, over standard input and output, word by word, such as
    /// `["npx", "-y", "some-server"]`. Warded runs it once for each session, or for each caller where the revision has no
    /// sessions.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub stdio: Option<Located<Vec<Located<String>>>>,
    /// The environment of `stdio`, besides what every program needs (`PATH`, `HOME`, `LANG` and the like): by name, a text,
    /// or where a secret is: `env:NAME`, or `file:PATH` seen from the folder of this file. Default: none.
    #[serde(default)]
    pub env: Named<Located<String>>,
    /// The folder that `stdio` works in, seen from the folder of this file. Default: the folder of this file.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub folder: Option<Located<String>>,
    /// How many processes of `stdio` run at a time, at most `4096`; one caller has a quarter of them at most, and one at
    /// least. Default: `32`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u16>")]
    pub max_children: Option<Located<u16>>,
    /// How long a process of `stdio` is kept that nobody uses, at most `1d`. Default: `15m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub idle: Option<Located<Lifetime>>,
    /// With what Warded shows itself to the server behind. It never is what the caller sent. Default: nothing.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "UpstreamAuth")]
    pub upstream_auth: Option<UpstreamAuth>,
    /// What the server behind is told that it is called, in `Host`: `upstream`, the host of its URL; `preserve`, the host
    /// of the identifier that was called; or a host of your own. Default: `upstream`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub upstream_host: Option<Located<String>>,
    /// Whether the server behind is spoken to in HTTP/2, which it must speak then: over https as agreed in TLS, over http
    /// with prior knowledge. Default: `false`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<bool>")]
    pub upstream_http2: Option<Located<bool>>,
    /// What people call this server: shown where they are asked for consent. Default: its name.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub title: Option<Located<String>>,
    /// How long the server behind may take to begin an answer, at most `1h`. Default: `5m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub timeout: Option<Located<Lifetime>>,
    /// How large a message may be: a number and `KiB` or `MiB`, at most `64MiB`. Default: `4MiB`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Size>")]
    pub max_message: Option<Located<Size>>,
    /// Its identifier: what a client sends as `resource` and what a token must name in `aud`. An https URL
    /// (http on loopback) without fragment. Default: `PUBLIC_URL/NAME/mcp`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub resource: Option<Located<String>>,
    /// Further identifiers of this same server, such as its URL on another host or with a trailing slash.
    #[serde(default)]
    pub aliases: Vec<Located<String>>,
    /// The origins of web pages that may call this server, besides the origins of its own identifiers: a scheme, a
    /// host and maybe a port, such as `https://inspector.example.com` or `tauri://localhost`. Programs need no entry.
    /// Default: none.
    #[serde(default)]
    pub origins: Vec<Located<String>>,
    /// How much this server is trusted with, in a word of your own. Servers of different tiers may not share an
    /// issuer unless the issuer says so in `across_tiers`. Default: `default`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub tier: Option<Located<String>>,
    /// How strictly tokens are judged. Default: `strict`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Mode>")]
    pub mode: Option<Located<Mode>>,
    /// The last day (in UTC) of `mode: permissive`, such as `2027-01-31`. From the next day on the server is
    /// strict.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Date>")]
    pub until: Option<Located<Date>>,
    /// The names of the issuers whose tokens this server accepts; `built-in` is the built-in issuer of its tier.
    /// Default: `[built-in]`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub issuers: Option<Vec<Located<String>>>,
    /// The scopes that calls need.
    #[serde(default)]
    pub scopes: Scopes,
    /// What may be done here by whoever has a token: a policy file, seen from the folder of this file, or a list of them. A call
    /// is made where all of them permit it, and those for every server. They are read again when they change. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "PolicyFiles")]
    pub policy: Option<PolicyFiles>,
    /// Whether tokens come with proofs of possession (DPoP). Default: `optional`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Dpop>")]
    pub dpop: Option<Located<Dpop>>,
    /// Whether each proof needs a nonce that was given out in the last five minutes: proofs cannot be made ahead, and
    /// a client asks once more when it comes for the first time. Default: `false`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<bool>")]
    pub dpop_nonce: Option<Located<bool>>,
    /// How the tokens are that built-in issuers issue for this server. Default: as the issuer's others.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Tokens")]
    pub tokens: Option<Tokens>,
}

/// Whether tokens come with proofs of possession (RFC 9449).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Dpop {
    /// They do not. A token that is bound to a key opens nothing.
    Off,
    /// A token that is bound to a key comes with a proof, any other one without.
    Optional,
    /// Every token is bound to a key and comes with a proof.
    Required,
}

/// How strictly a server judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mode {
    /// Everything that must hold, holds.
    Strict,
    /// For a roll-out: a missing or unknown audience and a `typ` that is absent or plain `JWT` are admitted and
    /// reported, until the end of the day in `until`. Never a token that names another configured server.
    Permissive,
}

/// The scopes that calls need. In names, `*` stands for any text; everything that fits a call adds up.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// The scopes that every call to this server needs.
    #[serde(default)]
    pub required: Vec<Located<String>>,
    /// The scopes that messages of a method need besides, such as `logging/setLevel` or `tasks/*`.
    #[serde(default)]
    pub methods: Named<Vec<Located<String>>>,
    /// The scopes that a call of a tool needs besides, such as `delete_*`. Lists show only tools that their reader may
    /// call.
    #[serde(default)]
    pub tools: Named<Vec<Located<String>>>,
    /// The scopes that it takes besides to read, watch or complete a resource, by its URI, such as
    /// `file:///private/*`.
    #[serde(default)]
    pub resources: Named<Vec<Located<String>>>,
    /// The scopes that it takes besides to get or complete a prompt.
    #[serde(default)]
    pub prompts: Named<Vec<Located<String>>>,
    /// Scopes that stand for others: who holds the one has those, too.
    #[serde(default)]
    pub implies: Named<Vec<Located<String>>>,
    /// What scopes mean, in the words that people read where a built-in issuer asks for their consent, by scope.
    #[serde(default)]
    pub words: Named<Located<String>>,
}

/// One issuer of tokens: somebody else (`url`), or Warded itself (`built_in`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["url"] }, { "required": ["built_in"] }]))]
pub struct Issuer {
    /// Its identifier: byte for byte the `iss` of its tokens, trailing slash included.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub url: Option<Located<String>>,
    /// Warded is this issuer: it logs people in, and issues tokens that are for one server each. Beside it only
    /// `across_tiers` may stand.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "BuiltInIssuer")]
    pub built_in: Option<BuiltInIssuer>,
    /// What kind of identity provider it is. A preset sets `types`, `algorithms` and `companions` to what that
    /// provider is known to send; what is written here goes before it.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Provider>")]
    pub provider: Option<Located<Provider>>,
    /// Exact values that may stand in `aud` beside the server, because this issuer always adds them and no server
    /// accepts them. `own-client-id` is the token's own verified `client_id` or `azp`. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub companions: Option<Vec<Located<String>>>,
    /// Extra exact values of `aud` that mean a server in the tokens of this issuer, by the server's name: for
    /// providers that can only put a client id or an application URI there.
    #[serde(default)]
    pub audiences: Named<Vec<Located<String>>>,
    /// The signature algorithms that this issuer uses. Default: all that Warded knows, or the provider's.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<Algorithm>>")]
    pub algorithms: Option<Vec<Located<Algorithm>>>,
    /// The `typ` values of this issuer's access tokens; `absent` stands for none. Everything but `at+jwt` makes
    /// it harder to tell access tokens from ID tokens. Default: `at+jwt`, or the provider's.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub types: Option<Vec<Located<String>>>,
    /// The longest lifetime that a token may have: a number and `s`, `m`, `h` or `d`. Default: `24h`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub max_lifetime: Option<Located<Lifetime>>,
    /// How far this issuer's clock may differ from ours, at most `5m`. Default: `60s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub leeway: Option<Located<Lifetime>>,
    /// The file with its public keys, for an issuer that cannot be asked for them: `file:PATH`, a JSON Web Key Set, seen
    /// from the folder of this file. It is read again when it changes. Default: the issuer is asked.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub keys: Option<Located<String>>,
    /// How it is found out whether a token of this issuer is good. No token can choose. Default: `jwt`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Validation>")]
    pub validation: Option<Located<Validation>>,
    /// How this issuer is asked about its tokens, for `validation: introspection`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Introspection")]
    pub introspection: Option<Introspection>,
    /// The tiers whose servers may share this issuer. Without it servers of different tiers may not.
    #[serde(default)]
    pub across_tiers: Vec<Located<String>>,
}

/// How it is found out whether a token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Validation {
    /// It is a JWT, signed with the issuer's keys.
    Jwt,
    /// The issuer is asked about it (RFC 7662), JWT or not. A server may trust one issuer of this kind at most: an
    /// opaque token does not say whose it is, and is shown to nobody else.
    Introspection,
}

/// How an issuer is asked about its tokens (RFC 7662).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Introspection {
    /// The URL of the introspection endpoint. Default: what the issuer's metadata says.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub endpoint: Option<Located<String>>,
    /// The id of the client that Warded is at this issuer. It must be allowed to introspect tokens for the servers.
    pub client_id: Located<String>,
    /// How that client shows who it is. Default: `basic`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<IntrospectionAuth>")]
    pub auth: Option<Located<IntrospectionAuth>>,
    /// Where the client's secret is, for `basic` and `post`: `env:NAME`, or `file:PATH` seen from the folder of this file.
    /// It is read when `warded up` starts.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub secret: Option<Located<String>>,
    /// Where the client's private key is, for `private_key_jwt`: `env:NAME` or `file:PATH`. PKCS #8 in PEM: Ed25519, P-256
    /// or RSA. The issuer must know the public half under its RFC 7638 thumbprint.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub key: Option<Located<String>>,
    /// For how long the issuer's yes is good, at most `60s`: within it, a revocation is not noticed. Default: `60s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub remember: Option<Located<Lifetime>>,
}

/// How Warded's client shows an issuer who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntrospectionAuth {
    /// With its secret in the `Authorization` header (`client_secret_basic`).
    Basic,
    /// With its secret in the form (`client_secret_post`).
    Post,
    /// With a statement that it signs for each request (RFC 7523).
    PrivateKeyJwt,
}

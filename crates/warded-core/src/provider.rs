//! What does each identity provider really send? What its access tokens look like, how it is told to issue
//! them for one server alone, and what stays unsafe all the same. A table, so that an operator need not learn
//! it by refusals. Each fact says where it was read; none of these providers was run for it.

use crate::{fleet::OWN_CLIENT_ID, jose::Algorithm};

/// What a provider is known to send, so that a new user does not meet a wall of refusals.
#[derive(Debug)]
#[non_exhaustive]
pub struct Preset {
    /// The name in the configuration: `provider: NAME`.
    pub name: &'static str,
    /// The name that its users know, for messages.
    pub title: &'static str,
    /// Accepted `typ` header values, without `application/`; `absent` stands for a token without one. No more
    /// than is really sent: what is accepted beside `at+jwt` makes room for other kinds of token.
    pub types: &'static [&'static str],
    /// Claims that its access tokens carry and its other tokens do not: where `typ` does not tell, these do.
    pub marks: &'static [&'static str],
    /// Asymmetric algorithms that it can sign access tokens with. What it knows beyond them (a shared secret,
    /// ES512) cannot be verified here.
    pub algorithms: &'static [Algorithm],
    /// Recipients that it adds beside the resource: exact values, `own-client-id`, or values that begin with
    /// `${issuer}`, for which the loader puts the issuer's url. Never anything that a server could be called.
    pub companions: &'static [&'static str],
    /// How `iss` must look, so that a wrong `url` is noticed before the first refused token.
    pub issuer: IssuerShape,
    /// How an operator makes it issue tokens for exactly one server.
    pub binding: Binding,
    /// What this preset cannot make safe; `warded check` prints it. None when there is nothing.
    pub caution: Option<&'static str>,
    /// Steps in the provider's own words (its console's names) that give each server an audience of its own.
    pub setup: &'static [&'static str],
    /// What the fields above stand on, and what a reader of a refusal may want to know.
    pub facts: &'static [Fact],
}

/// How an issuer identifier looks. It is compared byte for byte: one slash too many refuses every token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerShape {
    /// Deployments differ; nothing can be said.
    Any,
    /// It ends with these bytes.
    EndsWith(&'static str),
    /// It does not end with a slash.
    NoTrailingSlash,
}

impl IssuerShape {
    /// Whether an issuer of this provider can be called so.
    pub fn fits(&self, issuer: &str) -> bool {
        match self {
            Self::Any => true,
            Self::EndsWith(end) => issuer.ends_with(end),
            Self::NoTrailingSlash => !issuer.ends_with('/'),
        }
    }

    /// What to tell an operator whose `url` does not fit, as the end of "the url of this issuer ...".
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "may look like any URL".to_owned(),
            Self::EndsWith(end) => format!("must end with `{end}`"),
            Self::NoTrailingSlash => "must not end with a slash".to_owned(),
        }
    }
}

/// How a provider comes to name one server in `aud`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// Honours `resource` (RFC 8707) as sent.
    Resource,
    /// Puts one configured value per API or application into `aud`, so each server needs its own.
    PerServerAudience,
    /// Sends no usable audience unless something is switched on.
    OptIn,
}

/// One thing that is known, so that it can be checked again when the provider changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fact {
    /// The fact, in one or two sentences.
    pub says: &'static str,
    /// Where it was read: a URL, or that there is none.
    pub source: &'static str,
    /// On which day it was read.
    pub seen: &'static str,
    /// How far to trust it.
    pub checked: Checked,
}

/// How a fact was checked. Nobody has run these providers for this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checked {
    /// Read in documentation or in a public discussion.
    Document,
    /// Read in the provider's source code, at the commit in the link.
    Source,
    /// Not verified.
    General,
}

/// The preset of that name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

const SEEN: &str = "2026-11-21";
const NO_SOURCE: &str = "general knowledge, no source found";

const fn document(says: &'static str, source: &'static str) -> Fact {
    Fact { says, source, seen: SEEN, checked: Checked::Document }
}

const fn source(says: &'static str, source: &'static str) -> Fact {
    Fact { says, source, seen: SEEN, checked: Checked::Source }
}

const fn general(says: &'static str) -> Fact {
    Fact { says, source: NO_SOURCE, seen: SEEN, checked: Checked::General }
}

/// Every preset, sorted by name.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "auth0",
        title: "Auth0",
        types: &["at+jwt", "jwt"],
        marks: &[],
        algorithms: &[Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps256],
        companions: &["${issuer}userinfo"],
        issuer: IssuerShape::EndsWith("/"),
        binding: Binding::OptIn,
        caution: Some(
            "Unless the Resource Parameter Compatibility Profile is on, a client that sends only `resource` \
             gets a token for userinfo or for the tenant's default audience. The profile does not cover the \
             client credentials grant: such clients send `audience`.",
        ),
        setup: &[
            "Settings > Advanced: turn on Resource Parameter Compatibility Profile.",
            "Applications > APIs: create one API per server. Its Identifier is the server's resource URL, \
             byte for byte; it cannot be changed later.",
            "In the API's settings choose the RFC 9068 profile under JSON Web Token (JWT) Profile, and RS256 \
             as the signing algorithm. HS256 cannot be verified here.",
            "Settings > General: leave Default Audience empty, or careless clients all get tokens for the \
             same API.",
            "With a custom domain, use the issuer that the tokens carry as `url`. If they name userinfo \
             under another host, list that exact URL under `companions`.",
        ],
        facts: &[
            document(
                "The header's `typ` is `JWT` in the default Auth0 profile and `at+jwt` in the RFC 9068 \
                 profile, which is chosen per API.",
                "https://auth0-migration.mintlify.app/docs/secure/tokens/access-tokens/access-token-profiles",
            ),
            document(
                "The Auth0 profile names the client in `azp`, the RFC 9068 profile in `client_id`. Both \
                 write `scope` as one text.",
                "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
            ),
            document(
                "In the samples `iss` is `https://TENANT/` with a trailing slash, and `aud` is a list of the \
                 API and `https://TENANT/userinfo`.",
                "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
            ),
            document(
                "Userinfo joins the audience when the client asks for the scope `openid`; a token for \
                 userinfo alone is opaque.",
                "https://github.com/mozilla/doorman/issues/101",
            ),
            document(
                "`resource` selects the API only with the compatibility profile, which is off by default; \
                 `audience` wins if both are sent. The flows covered are authorize, PAR, JAR, CIBA and \
                 refresh.",
                "https://auth0-genai-feat-auth-for-mcp-new-docs.mintlify.app/mcp/guides/resource-param-compatibility-profile",
            ),
            document(
                "Without the profile a request with `resource` alone falls back to the userinfo audience, \
                 which is refused to dynamically registered clients.",
                "https://support.auth0.com/center/s/article/mcp-audience-error-with-auth0",
            ),
            document(
                "The Management API knows HS256, RS256, RS512 and PS256.",
                "https://auth0.github.io/node-auth0/variables/management.Management.SigningAlgorithmEnum.html",
            ),
            document(
                "An access token lives 86400 seconds by default and 2592000 at most.",
                "https://auth0.com/docs/get-started/apis/api-settings",
            ),
            general(
                "ID tokens name the client in `aud` and carry the client's `nonce`; refresh tokens are \
                 opaque.",
            ),
            general(
                "With a custom domain, `iss` follows the domain of the request. Whether the userinfo \
                 audience does too was not verified.",
            ),
        ],
    },
    Preset {
        name: "authentik",
        title: "authentik",
        types: &["jwt"],
        marks: &["azp"],
        algorithms: &[Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384],
        companions: &[],
        issuer: IssuerShape::EndsWith("/"),
        binding: Binding::OptIn,
        caution: Some(
            "A scope mapping that sets `aud` sets it in ID tokens too. They differ from the access token only in \
             that they lack `azp` and `uid`, so `azp` is what Warded tells them apart by; do not map it.",
        ),
        setup: &[
            "Applications: create one application with an OAuth2/OpenID provider per server. The MCP clients \
             of that server use its Client ID.",
            "In the provider select an RSA or EC Signing Key (P-256 or P-384) and no Encryption Key. Without \
             a signing key tokens are signed with the client secret and cannot be verified here.",
            "Property Mappings: create a Scope Mapping whose expression returns `{\"aud\": \"RESOURCE\"}`, \
             RESOURCE being the server's resource URL, and select it in this provider only.",
            "Keep Include claims in id_token on: mappings reach the access token by the same switch.",
            "Let clients ask for that scope, and let them send no `nonce`: authentik repeats it in access \
             tokens, where it is taken for the mark of an ID token.",
            "Take the issuer's `url` from the provider's OpenID Configuration, trailing slash included. Each \
             provider is an issuer of its own.",
        ],
        facts: &[
            source(
                "Access and ID tokens are encoded by one function that sets `kid` and `alg` and no `typ` of \
                 its own. The library's default, `JWT`, is general knowledge.",
                "https://github.com/goauthentik/authentik/blob/014e22c3d0/authentik/providers/oauth2/models.py",
            ),
            source(
                "The key decides the algorithm: RS256, ES256, ES384 or ES512; without a signing key it is \
                 HS256.",
                "https://github.com/goauthentik/authentik/blob/014e22c3d0/authentik/providers/oauth2/models.py",
            ),
            source(
                "`aud` is the provider's Client ID. The access token adds `azp` and `uid` to the claims of \
                 the ID token; mapped claims overwrite all but these two.",
                "https://github.com/goauthentik/authentik/blob/014e22c3d0/authentik/providers/oauth2/id_token.py",
            ),
            source(
                "In the code flow the access token carries the client's `nonce`. The ID token is the same \
                 set of claims, without `at_hash`.",
                "https://github.com/goauthentik/authentik/blob/005f3a9fdf/authentik/providers/oauth2/views/token.py",
            ),
            document(
                "A mapping that returns `aud` changes access and ID tokens alike. The maintainers have \
                 confirmed it as a defect of ID tokens (August 2026).",
                "https://github.com/goauthentik/authentik/issues/25235",
            ),
            document(
                "`resource` does not choose the audience at authorization: it stays the Client ID.",
                "https://github.com/IBM/mcp-context-forge/issues/4171",
            ),
            document(
                "Token exchange answers `resource` and `audience` with `invalid_target`.",
                "https://github.com/goauthentik/authentik/blob/ea9d4bca98/website/docs/add-secure-apps/providers/oauth2/token_exchange.md",
            ),
            document(
                "Tokens say their scopes since a change of August 2025; earlier ones need a mapping for it. \
                 That the claim is `scope` and a text was not verified.",
                "https://github.com/goauthentik/authentik/pull/16454",
            ),
            source(
                "`iss` is the URL of the application, `.../application/o/SLUG/`, or the root URL if one \
                 issuer is configured for all providers. A newer setting can replace it by any value.",
                "https://github.com/goauthentik/authentik/blob/014e22c3d0/authentik/providers/oauth2/models.py",
            ),
            source(
                "An access token lives one hour by default. Refresh tokens are opaque.",
                "https://github.com/goauthentik/authentik/blob/014e22c3d0/authentik/providers/oauth2/models.py",
            ),
            document(
                "Dynamic registration (2026.8) makes a new application and provider for every client, and \
                 so, by default, a new issuer.",
                "https://github.com/goauthentik/authentik/blob/93330f4b46/website/docs/add-secure-apps/providers/oauth2/dynamic-client-registration.mdx",
            ),
        ],
    },
    Preset {
        name: "cognito",
        title: "Amazon Cognito",
        types: &["absent"],
        marks: &["token_use", "client_id"],
        algorithms: &[Algorithm::Rs256],
        companions: &[],
        issuer: IssuerShape::NoTrailingSlash,
        binding: Binding::Resource,
        caution: Some(
            "Only tokens that were requested with `resource` through managed login have an `aud`. Tokens of \
             the client credentials grant and of the user pools API have none and are refused.",
        ),
        setup: &[
            "User pool > Settings: choose the feature plan Essentials or Plus; Lite has no resource \
             indicators.",
            "Branding > Domain: give the pool a domain and choose managed login, not the classic hosted UI.",
            "App clients: allow the authorization code grant. Clients send the server's resource URL as \
             `resource` to the authorize endpoint.",
            "Branding > Domain > Resource servers: create one per server with its scopes; a scope arrives as \
             IDENTIFIER/SCOPE.",
            "Use `https://cognito-idp.REGION.amazonaws.com/POOL_ID` as the issuer's `url`, not the pool's \
             own domain.",
        ],
        facts: &[
            document(
                "The header consists of `kid` and `alg`; the algorithm is RS256.",
                "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
            ),
            document(
                "There is no `typ`. `token_use` tells the kinds apart: `access` or `id`.",
                "https://repost.aws/pt/questions/QUdDANuP-mSLaNNwpQevEsyQ/cognito-oauth-access-token-missing-typ-header-parameter",
            ),
            document(
                "ID tokens and access tokens are signed with different keys. An access token can be set to \
                 live from 5 minutes to a day.",
                "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
            ),
            document(
                "Scopes are in the claim `scope`; custom ones begin with the resource server's identifier.",
                "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html",
            ),
            document(
                "Since October 2025 `aud` is the requested resource, in the authorization code and implicit \
                 grants, for managed login in the plans Essentials and Plus.",
                "https://cloudsteak.com/aws-amazon-cognito-now-supports-resource-indicators-to-simplify-enhancing-protection-of-oauth-2-0-resources",
            ),
            general(
                "The client is in `client_id`. `iss` is `https://cognito-idp.REGION.amazonaws.com/POOL_ID`, \
                 without a trailing slash. The default lifetime is one hour. Refresh tokens are encrypted.",
            ),
            general("Any https URL can be requested as `resource`; there is no list of allowed ones."),
            general(
                "A pre token generation trigger can add claims to tokens that have no `aud`. Whether it can \
                 set `aud` was not verified.",
            ),
        ],
    },
    Preset {
        name: "entra",
        title: "Microsoft Entra ID",
        types: &["jwt"],
        marks: &["azp"],
        algorithms: &[Algorithm::Rs256],
        companions: &[],
        issuer: IssuerShape::EndsWith("/v2.0"),
        binding: Binding::PerServerAudience,
        caution: Some(
            "In v2.0 tokens `aud` is the client ID of the API's app registration, and ID tokens for that \
             registration carry the same `aud` and `typ`. They lack `azp`, which is what Warded tells them apart \
             by; keep the registration of a server an API only all the same, so that nobody signs in to it.",
        ),
        setup: &[
            "App registrations: create one registration per server, without redirect URIs, and use it for \
             nothing else.",
            "Manifest: set `requestedAccessTokenVersion` (earlier `accessTokenAcceptedVersion`) to 2. With \
             null or 1 the tokens come from another issuer, `https://sts.windows.net/TENANT/`.",
            "Expose an API: set the Application ID URI to the server's resource URL, byte for byte, if its \
             domain is verified in the tenant; add at least one scope.",
            "Register MCP clients by hand and give them those scopes. They ask for APPLICATION_ID_URI/SCOPE; \
             a `resource` that is not the Application ID URI of the scopes is refused with AADSTS9010010.",
            "List the registration's Application (client) ID for the server under the issuer's `audiences`, \
             and let the server require a scope: access tokens of users have `scp`, ID tokens have not.",
            "Use `https://login.microsoftonline.com/TENANT_ID/v2.0` with the tenant's GUID as `url`, not \
             `common` or `organizations`.",
        ],
        facts: &[
            document(
                "`typ` is always `JWT`, in access tokens and in ID tokens.",
                "https://github.com/MicrosoftDocs/entra-docs/blob/003f1aad06/docs/identity-platform/access-token-claims-reference.md",
            ),
            document(
                "In v2.0 tokens `aud` is always the client ID of the API; in v1.0 tokens it is the client ID \
                 or the URI that was requested.",
                "https://github.com/MicrosoftDocs/entra-docs/blob/003f1aad06/docs/identity-platform/access-token-claims-reference.md",
            ),
            document(
                "`scp` is one text and only in tokens of users; the permissions of applications are in \
                 `roles`. The client is `azp` in v2.0 and `appid` in v1.0.",
                "https://github.com/MicrosoftDocs/entra-docs/blob/003f1aad06/docs/identity-platform/access-token-claims-reference.md",
            ),
            document(
                "The issuer of v2.0 tokens ends with `/v2.0`. The sample of v1.0 is issued by \
                 `https://sts.windows.net/TENANT/`.",
                "https://github.com/MicrosoftDocs/entra-docs/blob/0bbfa8a3b9/docs/identity-platform/access-tokens.md",
            ),
            document(
                "The API's registration decides the version, not the endpoint: null and 1 mean v1.0, 2 means \
                 v2.0. Registrations for one organisation begin with v1.0.",
                "https://github.com/MicrosoftDocs/entra-docs/blob/0bbfa8a3b9/docs/identity-platform/access-tokens.md",
            ),
            document(
                "A lifetime is drawn between 60 and 90 minutes. Long-lived tokens under continuous access \
                 evaluation live 20 to 28 hours.",
                "https://github.com/MicrosoftDocs/entra-docs/blob/0bbfa8a3b9/docs/identity-platform/access-tokens.md",
            ),
            document(
                "ID tokens name the app's own client ID in `aud` and have `typ` `JWT`.",
                "https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference",
            ),
            document(
                "The v2.0 endpoints refuse a `resource` that does not match the requested scopes \
                 (AADSTS9010010).",
                "https://github.com/punkpeye/mcp-remote/issues/217",
            ),
            document(
                "A `resource` that differs from the Application ID URI by a trailing slash is refused as \
                 well.",
                "https://github.com/anomalyco/opencode/issues/12308",
            ),
            general(
                "There is no dynamic client registration. A `resource` equal to the Application ID URI of \
                 the scopes is accepted: several projects report it, Microsoft's documentation of it was not \
                 found.",
            ),
        ],
    },
    Preset {
        name: "keycloak",
        title: "Keycloak",
        types: &["at+jwt", "jwt"],
        marks: &[],
        algorithms: &[
            Algorithm::Rs256,
            Algorithm::Rs384,
            Algorithm::Rs512,
            Algorithm::Ps256,
            Algorithm::Ps384,
            Algorithm::Ps512,
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::EdDsa,
        ],
        companions: &["account"],
        issuer: IssuerShape::NoTrailingSlash,
        binding: Binding::OptIn,
        caution: Some(
            "An audience mapper in a default client scope puts the same audience into the tokens of every \
             client. A client with Full scope allowed gets tokens that also name every client in which the \
             user has a role; such tokens are refused.",
        ),
        setup: &[
            "Client scopes: create one scope per server, of type Optional, included in the token scope.",
            "In its Mappers tab add an Audience mapper: Included Custom Audience is the server's resource \
             URL, Add to access token is on.",
            "Clients > CLIENT > Client scopes: add the scope as Optional to the clients that may use the \
             server, and let the server require it, so that clients ask for it.",
            "Clients > CLIENT > Client scopes > CLIENT-dedicated > Scope: turn Full scope allowed off.",
            "Clients > CLIENT > Advanced: turn on Use \"at+jwt\" as access token header type (26.2 and \
             later), and choose no HS algorithm.",
            "Instead of the mapper's custom value, 26.6 and later can honour `resource` with \
             `--features=resource-indicators` (experimental): create a client per server, set its attribute \
             `resource_url` to the resource URL, and let the mapper use Included Client Audience.",
        ],
        facts: &[
            document(
                "`typ` is `JWT` unless a switch of the client sets `at+jwt`; it is off by default, for new \
                 clients too.",
                "https://github.com/keycloak/keycloak/pull/37573",
            ),
            source(
                "RS256 is the default; the realm and the client can choose another algorithm for access \
                 tokens.",
                "https://github.com/keycloak/keycloak/blob/008e7e7ec7/services/src/main/java/org/keycloak/jose/jws/DefaultTokenManager.java",
            ),
            document(
                "A sample token has `azp`, `scope` as one text, the claim `typ` with the value `Bearer`, and \
                 an issuer `.../realms/NAME` without a trailing slash.",
                "https://github.com/deskoh/keycloak-playground",
            ),
            document(
                "The client itself is not in the audience. A mapper of the default scope `roles` adds every \
                 client of which the user's roles are in the token.",
                "https://github.com/keycloak/keycloak/blob/4ca4eb59a8/docs/documentation/server_admin/topics/clients/oidc/con-audience.adoc",
            ),
            document(
                "A token of a fresh client names `account` only.",
                "https://github.com/keycloak/keycloak/issues/42407",
            ),
            source(
                "With the feature on, `resource` must match a client that is already in the audience, by \
                 `urn:client:ID` or by the attribute `resource_url`; `aud` is then that value alone, else \
                 `invalid_target`.",
                "https://github.com/keycloak/keycloak/blob/af942df712/services/src/main/java/org/keycloak/protocol/oidc/resourceindicators/ResourceIndicatorsPostProcessor.java",
            ),
            document(
                "`resource-indicators` is experimental and has to be enabled; audience mappers chosen by \
                 scope remain the documented alternative.",
                "https://github.com/keycloak/keycloak/issues/48527",
            ),
            source(
                "The claim `typ` of ID tokens is `ID`, that of offline refresh tokens `Offline`; `at_hash` \
                 is set in ID tokens only.",
                "https://github.com/keycloak/keycloak/blob/90a8409cb3/services/src/main/java/org/keycloak/protocol/oidc/TokenManager.java",
            ),
            document(
                "Refresh and offline tokens name the realm in `aud`.",
                "https://github.com/keycloak/keycloak/blob/4ca4eb59a8/docs/documentation/server_admin/topics/clients/oidc/con-audience.adoc",
            ),
            document(
                "Before 25 access tokens repeat the client's `nonce`; since then only ID tokens do, unless \
                 the mapper Nonce backwards compatible is added. Older servers need the switch or clients \
                 without `nonce`.",
                "https://github.com/keycloak/keycloak/pull/27588",
            ),
            general("An access token lives five minutes by default."),
            general("DPoP-bound access tokens have the claim `typ` with the value `DPoP`."),
        ],
    },
    Preset {
        name: "okta",
        title: "Okta",
        types: &["absent"],
        marks: &["cid"],
        algorithms: &[Algorithm::Rs256],
        companions: &[],
        issuer: IssuerShape::NoTrailingSlash,
        binding: Binding::PerServerAudience,
        caution: Some(
            "A custom authorization server has one audience, so servers that share one cannot be told apart: \
             `default` gives all of them `api://default`. Tokens of the org authorization server are for \
             Okta alone.",
        ),
        setup: &[
            "Security > API > Authorization Servers > Add Authorization Server: one per server, with the \
             server's resource URL as Audience.",
            "Scopes: add the scopes of the server.",
            "Access Policies: add a policy for the clients that may use the server, with a rule that sets \
             the lifetime of access tokens.",
            "Configure an issuer per authorization server. Its Issuer, `https://DOMAIN/oauth2/ID`, is the \
             `url`; the domain alone is the org authorization server.",
        ],
        facts: &[
            document(
                "Tokens of a custom authorization server have no `typ`. Those of the org authorization \
                 server have one, which may change without notice.",
                "https://support.okta.com/help/s/article/the-typ-field-is-missing-from-the-access-token-header",
            ),
            document(
                "The org authorization server publishes no keys for its access tokens; only Okta can check \
                 them.",
                "https://github.com/okta/okta-jwt-verifier-python/issues/16",
            ),
            document(
                "`aud` is the configured audience, of which an authorization server has one.",
                "https://github.com/okta/terraform-provider-okta/blob/17b5c7764d/docs/resources/auth_server.md",
            ),
            document(
                "`scp` is a list of scopes.",
                "https://devforum.okta.com/t/what-do-scope-and-audience-mean/10987/2",
            ),
            document(
                "A sample access token is signed with RS256 and has `cid` for the client, `uid`, and a `jti` \
                 that begins with `AT.`; the ID token has the client in `aud`, `at_hash`, and a `jti` that \
                 begins with `ID.`.",
                "https://groups.google.com/g/rabbitmq-users/c/O3GdCKf8soM/m/ZsjMcizrAgAJ",
            ),
            document(
                "Access tokens have no `nonce`.",
                "https://github.com/okta/okta-jwt-verifier-php/pull/99",
            ),
            document(
                "The issuer of a custom authorization server is `https://DOMAIN/oauth2/ID`.",
                "https://github.com/okta/okta-jwt-verifier-java/issues/93",
            ),
            document(
                "Custom authorization servers can be told to let access tokens live from 5 minutes to 24 \
                 hours; the org server's live 60 minutes.",
                "https://support.okta.com/help/s/article/What-is-the-lifetime-of-the-JWT-tokens?language=en_US",
            ),
            general(
                "`resource` is ignored at authorization, and the lifetime is one hour unless a rule says \
                 otherwise.",
            ),
        ],
    },
    Preset {
        name: "ory",
        title: "Ory Hydra and Ory Network",
        types: &["jwt"],
        marks: &[],
        algorithms: &[Algorithm::Rs256, Algorithm::Es256],
        companions: &[],
        issuer: IssuerShape::Any,
        binding: Binding::OptIn,
        caution: Some(
            "Hydra compares a requested audience with the client's list by path prefix: a client that may \
             ask for `https://mcp.example.com` may ask for every server below it. List full resource URLs.",
        ),
        setup: &[
            "Set `strategies.access_token` to `jwt`; the default tokens are opaque.",
            "Give each OAuth2 client an `audience` list of the resource URLs that it may ask for, each to \
             the end of its path.",
            "Clients send one resource URL as `audience` at authorization. For clients that send only \
             `resource`, let the consent application copy it into `grant_access_token_audience`.",
            "Let the consent application grant exactly one audience, and refuse a request for several.",
        ],
        facts: &[
            source(
                "`typ` is `JWT`.",
                "https://github.com/ory/hydra/blob/2c3ba1311e/fosite/token/jwt/token.go",
            ),
            source(
                "`aud` is the granted audience and an empty list without one. `scp` is a list by default; \
                 `scope` as one text, or both, can be configured.",
                "https://github.com/ory/fosite/blob/0c9365c6e2/token/jwt/claims_jwt.go",
            ),
            source(
                "The client is in `client_id`; consent data cannot replace it, nor `aud`.",
                "https://github.com/ory/hydra/blob/00899577a8/oauth2/session.go",
            ),
            source(
                "A requested audience matches an allowed one of the same scheme and host whose path is equal \
                 or a prefix that ends at a slash.",
                "https://github.com/ory/fosite/blob/00650b1044/audience_strategy.go",
            ),
            document(
                "Audiences are set per client and requested with the parameter `audience`, several separated \
                 by spaces.",
                "https://github.com/ory/hydra/blob/3838cdc580ad0a684b4120fb9dc057aa328a11b3/docs/docs/advanced.md",
            ),
            document(
                "`resource` is not supported; copying it in the login and consent application is a known way \
                 around.",
                "https://github.com/canonical/identity-platform-login-ui/issues/966",
            ),
            document(
                "`strategies.access_token` is `opaque` or `jwt`, `strategies.jwt.scope_claim` is `list`, \
                 `string` or `both`.",
                "https://docs.rs/ory-client/1.22.21/ory_client/models/normalized_project_revision/index.html",
            ),
            source(
                "Refresh tokens are opaque.",
                "https://github.com/ory/fosite/blob/07688c119c/handler/oauth2/strategy_jwt.go",
            ),
            general(
                "RS256 is the default, ES256 is used with a key of that kind. An access token lives one hour \
                 by default. `iss` is `urls.self.issuer`; Hydra 1 added a trailing slash, Ory Network has \
                 none. ID tokens have `at_hash`, and the client in `aud`.",
            ),
        ],
    },
    Preset {
        name: "rauthy",
        title: "Rauthy",
        types: &["at+jwt", "jwt"],
        marks: &[],
        algorithms: &[Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512],
        companions: &[OWN_CLIENT_ID],
        issuer: IssuerShape::EndsWith("/auth/v1/"),
        binding: Binding::Resource,
        caution: Some(
            "Entries of `default_aud` stand in every token of the client. Two servers there, or one there \
             and another as `resource`, make tokens that name both, and those are refused. An ephemeral \
             client may declare its own allowed resources.",
        ),
        setup: &[
            "Clients > CLIENT: add the server's resource URL, byte for byte, to the allowed resources \
             (`allowed_resources`).",
            "Leave `default_aud` empty. For a client that cannot send `resource`, list the one server that \
             it uses.",
            "Leave `ephemeral_clients.danger_allow_unvalidated_resource` off.",
            "Use the issuer of the discovery document as `url`: `https://HOST/auth/v1/`, trailing slash \
             included.",
        ],
        facts: &[
            document(
                "`typ` is `at+jwt` in access tokens, without a switch, since a change of July 2026, after \
                 the release 0.36.0; it was `JWT` before, as in all other tokens.",
                "https://github.com/sebadob/rauthy/pull/1651",
            ),
            document(
                "Keys exist for RS256, RS384, RS512 and EdDSA; EdDSA is the default of a new client.",
                "https://github.com/sebadob/rauthy/blob/16147fbd0f/book/src/work/jwks.md",
            ),
            document(
                "`aud` is the client id, every entry of `default_aud` and the granted `resource`: a text if \
                 it is one value, else a list.",
                "https://github.com/sebadob/rauthy/blob/08249cb8df/book/src/work/resource_indicators.md",
            ),
            document(
                "`resource` is compared byte for byte with the client's list, one per request, in the \
                 authorization code, client credentials and refresh grants. The password and device grants \
                 and logins through an upstream provider ignore it.",
                "https://github.com/sebadob/rauthy/blob/08249cb8df/book/src/work/resource_indicators.md",
            ),
            source(
                "The client is in `azp`, the scopes are one text in `scope`. The claim `typ` is `Bearer`, \
                 `Id` or `Refresh`; refresh tokens are JWTs with the client in `aud` and an `nbf` in the \
                 future.",
                "https://github.com/sebadob/rauthy/blob/00dd84074f/src/service/src/token_set.rs",
            ),
            source(
                "`nonce` and `at_hash` are claims of ID tokens only.",
                "https://github.com/sebadob/rauthy/blob/3b0f96dc00/src/jwt/src/claims.rs",
            ),
            general(
                "A client's access tokens live 1800 seconds by default; excerpts of its source say so, the \
                 file was not identified.",
            ),
            general(
                "`iss` is `https://HOST/auth/v1/`: two projects that use it say so of its discovery \
                 document, and older ones show no slash.",
            ),
        ],
    },
    Preset {
        name: "workos",
        title: "WorkOS AuthKit",
        types: &["at+jwt", "jwt", "absent"],
        marks: &[],
        algorithms: &[Algorithm::Rs256],
        companions: &[],
        issuer: IssuerShape::NoTrailingSlash,
        binding: Binding::Resource,
        caution: Some(
            "While the environment has no MCP resource indicator, `resource` is ignored and every token \
             names the environment's client ID. That value is the same for all servers: never list it as an \
             audience of one.",
        ),
        setup: &[
            "Connect > Configuration: add each server's resource URL, byte for byte, as an MCP resource \
             indicator.",
            "Mark none of them as the default, unless clients that send no `resource` are meant for that \
             server.",
            "Turn on Client ID Metadata Document or Dynamic Client Registration for MCP clients.",
            "Use the AuthKit domain, `https://NAME.authkit.app` or your own, as the issuer's `url`.",
        ],
        facts: &[
            document(
                "`aud` is the requested resource if it is configured as a resource indicator; the client ID \
                 of the environment is what stands there otherwise.",
                "https://github.com/MCPJam/inspector/pull/3879",
            ),
            document(
                "Without any configured resource indicator `aud` is one value of the environment and \
                 `resource` is ignored.",
                "https://github.com/MCPJam/inspector/pull/2388",
            ),
            document(
                "A client that sends no `resource` got a token for the environment's client ID although an \
                 indicator was configured.",
                "https://doublepost.link/guild/851854972600451112/thread/1503341332960116786/",
            ),
            document(
                "Resource indicators belong to an environment; each has a `uri` and a `default` flag.",
                "https://workos.com/docs/reference/authkit/oauth-resource",
            ),
            document(
                "The issuer is the AuthKit domain without a trailing slash, with keys at `/oauth2/jwks`; an \
                 adapter for it expects RS256.",
                "https://rubydoc.info/gems/oauth2-mcp/OAuth2/MCP/WorkOSAuthKit",
            ),
            document(
                "Session tokens of User Management are another kind: no `aud`, another `iss`, and keys of \
                 their own address.",
                "https://github.com/adcontextprotocol/adcp/pull/1138",
            ),
            general(
                "Which `typ` the header has was not found; all three forms are accepted because ID tokens \
                 name the client, not the resource, in `aud`.",
            ),
            general(
                "The client claim and the lifetime were not found. `scope` is read as one text by servers \
                 that use it.",
            ),
        ],
    },
    Preset {
        name: "zitadel",
        title: "ZITADEL",
        types: &["jwt"],
        marks: &[],
        algorithms: &[
            Algorithm::Rs256,
            Algorithm::Rs384,
            Algorithm::Rs512,
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::EdDsa,
        ],
        companions: &[OWN_CLIENT_ID],
        issuer: IssuerShape::NoTrailingSlash,
        binding: Binding::OptIn,
        caution: Some(
            "A token names every application of the client's project, and the project. So only a project \
             with a single application yields tokens for a single server. ID tokens carry the same `aud` and \
             `typ`; `at_hash` or `nonce` tells them apart.",
        ),
        setup: &[
            "Projects: create one project per server, and in it one application, the client. Give several \
             MCP clients the same client ID.",
            "Application > Token Settings: set Auth Token Type to JWT; the default tokens are opaque.",
            "List the project's Resource Id for the server under the issuer's `audiences`.",
            "A client of another project asks for the scope `urn:zitadel:iam:org:project:id:PROJECT_ID:aud`. \
             Its own project then stands in `aud` too: list that ID under `companions` only if it belongs to \
             no server.",
            "Do not let the server require scopes: its JWT access tokens do not say any.",
        ],
        facts: &[
            source(
                "`typ` is `JWT`, for all tokens; the algorithm is that of the active web key.",
                "https://github.com/zitadel/zitadel/blob/89ad958cc9/internal/api/oidc/sign/signer.go",
            ),
            source(
                "The access token and the ID token get the same audience. The ID token has `at_hash`; an \
                 access token is a JWT only if the application says so.",
                "https://github.com/zitadel/zitadel/blob/1664f7e2f1/internal/api/oidc/token.go",
            ),
            document(
                "By default `aud` holds all client IDs of the project and the project ID. `nonce` is in ID \
                 tokens only.",
                "https://github.com/zitadel/zitadel/blob/012fff93bd/docs/docs/apis/openidoauth/claims.md",
            ),
            document(
                "The scope `urn:zitadel:iam:org:project:id:PROJECT_ID:aud` adds that project to the audience \
                 of access and ID tokens.",
                "https://github.com/zitadel/zitadel/blob/13627f0d7c/docs/docs/apis/openidoauth/scopes.md",
            ),
            document(
                "`resource` is dropped at authorization and refused with `invalid_target` in token exchange \
                 (September 2026).",
                "https://github.com/zitadel/zitadel/issues/12710",
            ),
            document(
                "A library for resource indicators at the authorization endpoint has been proposed (August \
                 2026, open).",
                "https://github.com/zitadel/oidc/pull/955",
            ),
            document(
                "`client_id` stands in JWT access tokens since a fix of September 2024; earlier ones name no \
                 client.",
                "https://github.com/zitadel/oidc/pull/650",
            ),
            document(
                "JWT access tokens carry no `scope`; a change that adds it was open in September 2026.",
                "https://github.com/zitadel/zitadel/pull/12180",
            ),
            document(
                "An application's access tokens are opaque or JWTs.",
                "https://pub.dev/documentation/zitadel/latest/oidc/OIDCConfiguration/accessTokenType.html",
            ),
            general(
                "Tokens live twelve hours by default. `iss` is the instance's origin without a trailing \
                 slash. Which algorithms web keys may have was not verified.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::TokenTypes;

    #[test]
    fn presets_are_found_by_name_and_sorted() {
        assert!(PRESETS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for expected in PRESETS {
            assert_eq!(preset(expected.name).unwrap().title, expected.title);
        }
        for other in ["", "Keycloak", "google", "keycloak "] {
            assert!(preset(other).is_none(), "{other}");
        }
    }

    #[test]
    fn types_are_what_the_configuration_accepts() {
        for preset in PRESETS {
            assert!(TokenTypes::of(preset.types.iter().copied()).is_ok(), "{}", preset.name);
            for typ in preset.types {
                assert!(!typ.contains('/') && *typ == typ.to_ascii_lowercase(), "{}: {typ}", preset.name);
            }
        }
    }

    #[test]
    fn companions_cannot_be_servers() {
        for preset in PRESETS {
            for companion in preset.companions {
                let relative = companion
                    .strip_prefix("${issuer}")
                    .is_some_and(|rest| !rest.contains("..") && !rest.is_empty());
                let bare = !companion.is_empty()
                    && companion.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
                assert!(relative || bare, "{}: {companion}", preset.name);
            }
        }
        let auth0 = preset("auth0").unwrap();
        assert!(
            auth0.companions.contains(&"${issuer}userinfo")
                && auth0.issuer.fits("https://corp.eu.auth0.com/")
        );
    }

    #[test]
    fn every_preset_can_be_followed_and_checked() {
        for preset in PRESETS {
            assert!(!preset.title.is_empty() && !preset.algorithms.is_empty(), "{}", preset.name);
            assert!(!preset.setup.is_empty(), "{} has no setup", preset.name);
            assert!(preset.facts.len() >= 5, "{} has too few facts", preset.name);
            let sentences = preset.setup.iter().chain(preset.caution.iter());
            for says in sentences.copied().chain(preset.facts.iter().map(|fact| fact.says)) {
                assert!(says.ends_with('.') && !says.contains("  "), "{}: {says}", preset.name);
            }
            for fact in preset.facts {
                let linked = fact.source.starts_with("https://") && !fact.source.contains(' ');
                assert_eq!(linked, fact.checked != Checked::General, "{}: {}", preset.name, fact.says);
                assert_eq!(fact.seen.len(), "2026-11-21".len(), "{}: {}", preset.name, fact.says);
            }
        }
    }

    #[test]
    fn an_issuer_has_a_shape() {
        let fits = [
            ("auth0", "https://corp.eu.auth0.com/"),
            ("authentik", "https://auth.example.com/application/o/notes/"),
            ("cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"),
            ("entra", "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0"),
            ("keycloak", "https://login.example.com/realms/corp"),
            ("okta", "https://corp.okta.com/oauth2/aus1"),
            ("ory", "https://hydra.example.com/"),
            ("ory", "https://corp.projects.oryapis.com"),
            ("rauthy", "https://auth.example.com/auth/v1/"),
            ("workos", "https://corp.authkit.app"),
            ("zitadel", "https://corp.zitadel.cloud"),
        ];
        for (name, issuer) in fits {
            assert!(preset(name).unwrap().issuer.fits(issuer), "{name}: {issuer}");
        }
        let wrong = [
            ("auth0", "https://corp.eu.auth0.com"),
            ("authentik", "https://auth.example.com/application/o/notes"),
            ("entra", "https://sts.windows.net/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/"),
            ("entra", "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0/"),
            ("keycloak", "https://login.example.com/realms/corp/"),
            ("rauthy", "https://auth.example.com/auth/v1"),
        ];
        for (name, issuer) in wrong {
            let shape = preset(name).unwrap().issuer;
            assert!(!shape.fits(issuer), "{name}: {issuer}");
            assert!(shape.describe().starts_with("must "), "{name}");
        }
        assert_eq!(IssuerShape::EndsWith("/v2.0").describe(), "must end with `/v2.0`");
        assert_eq!(IssuerShape::NoTrailingSlash.describe(), "must not end with a slash");
        assert!(IssuerShape::Any.fits("") && IssuerShape::Any.describe().contains("any"));
    }
}

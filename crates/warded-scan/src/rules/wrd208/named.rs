//! Whether what is read of a query under a name that somebody else says is a token.

use crate::{
    flow::inbound::words,
    project::{ClassRef, Place},
    rules::Seen,
};

/// What settings are called that say how a token is called in a query, in every usual spelling.
pub(super) const SETTINGS: &[&str] = &[
    "token_name",
    "tokenName",
    "TokenName",
    "token_param",
    "tokenParam",
    "TokenParam",
    "token_parameter",
    "tokenParameter",
    "TokenParameter",
    "token_query",
    "tokenQuery",
    "TokenQuery",
    "access_token_name",
    "accessTokenName",
    "AccessTokenName",
    "access_token_param",
    "accessTokenParam",
    "AccessTokenParam",
    "access_token_parameter",
    "accessTokenParameter",
    "AccessTokenParameter",
    "access_token_query",
    "accessTokenQuery",
    "AccessTokenQuery",
    "jwt_name",
    "jwtName",
    "JwtName",
    "jwt_param",
    "jwtParam",
    "JwtParam",
    "jwt_parameter",
    "jwtParameter",
    "JwtParameter",
    "jwt_query",
    "jwtQuery",
    "JwtQuery",
    "query_token",
    "queryToken",
    "QueryToken",
    "query_name",
    "queryName",
    "QueryName",
    "query_key",
    "queryKey",
    "QueryKey",
    "query_parameter_name",
    "queryParameterName",
    "QueryParameterName",
    "query_param_name",
    "queryParamName",
    "QueryParamName",
    "token_lookup",
    "tokenLookup",
    "TokenLookup",
    "JWTQuery",
    "JWTParam",
    "JWTName",
    "query_param",
    "QueryParameter",
    "getTokenName",
    "getTokenParameter",
    "getTokenParam",
    "getQueryParameterName",
    "getParameterName",
];

/// Words for tokens that let somebody in.
const TOKENS: &[&str] = &["token", "tokens", "jwt", "bearer"];

/// Words for tokens that do not.
const OTHERS: &[&str] = &[
    "csrf", "xsrf", "reset", "page", "refresh", "id", "state", "invite", "email", "captcha", "code", "sync",
];

/// Whether the setting that says how it is called, or the function or class that reads it, is called like a token.
pub(super) fn is_of_token(seen: &Seen<'_>, key: &str, at: &Place) -> bool {
    let is_so = |name: &str| {
        let words = words(name);
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        (has(TOKENS) || words.iter().any(|word| word == "access")) && !has(OTHERS)
    };
    if is_so(key) {
        return true;
    }
    let Some(function) = seen.project.innermost(at) else { return false };
    let of = seen.project.function(function);
    let class = of.class.map(|id| seen.project.class(ClassRef { file: function.file, id }).name.clone());
    is_so(&of.name) || class.is_some_and(|name| is_so(&name))
}

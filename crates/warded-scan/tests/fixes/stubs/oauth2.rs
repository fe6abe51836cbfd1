//! As much of oauth2 as the examples use, with its own signatures.

use std::borrow::Cow;

pub struct CsrfToken;

impl CsrfToken {
    pub fn new_random() -> Self {
        Self
    }
}

pub mod basic {
    pub struct BasicClient;
}

pub struct AuthorizationRequest<'a>(std::marker::PhantomData<&'a str>);

impl basic::BasicClient {
    pub fn authorize_url<S: FnOnce() -> CsrfToken>(&self, _: S) -> AuthorizationRequest<'_> {
        AuthorizationRequest(std::marker::PhantomData)
    }
}

impl<'a> AuthorizationRequest<'a> {
    pub fn add_extra_param<N: Into<Cow<'a, str>>, V: Into<Cow<'a, str>>>(self, _: N, _: V) -> Self {
        self
    }
    pub fn url(self) -> (url::Url, CsrfToken) {
        (url::Url, CsrfToken)
    }
}

//! A person's browser at a provider of somebody else's: cookies, redirects and forms over real sockets.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;

use crate::stage::encoded;

/// More redirects than anybody means.
const MAX_REDIRECTS: usize = 10;

/// Cookies of one provider.
#[derive(Default)]
pub(crate) struct Visitor {
    cookies: BTreeMap<String, String>,
}

/// Where the browser is now.
#[derive(Debug)]
pub(crate) enum Place {
    /// At a page of the provider's.
    Page { url: String, body: String },
    /// On its way to somebody else.
    Elsewhere(String),
}

impl Place {
    /// The parameters with which it comes back to us.
    pub(crate) fn answer(&self) -> BTreeMap<String, String> {
        let Self::Elsewhere(url) = self else { panic!("still there: {self:?}") };
        let (_, query) = url.split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
}

impl Visitor {
    /// Opens a URL and follows redirects for as long as they stay there.
    pub(crate) async fn open(&mut self, url: &str) -> Place {
        self.go(Method::GET, url, &[]).await
    }

    /// Fills in the only form of a page.
    pub(crate) async fn submit(&mut self, place: &Place, form: &[(&str, &str)]) -> Place {
        let Place::Page { url, body } = place else { panic!("no page: {place:?}") };
        let (_, tag) = body.split_once("<form").unwrap_or_else(|| panic!("no form: {body}"));
        let (tag, _) = tag.split_once('>').unwrap();
        let action = tag.split_once("action=\"").and_then(|(_, rest)| rest.split_once('"'));
        let action = action.map_or_else(|| url.clone(), |(action, _)| action.replace("&amp;", "&"));
        self.go(Method::POST, &absolute(url, &action), form).await
    }

    async fn go(&mut self, method: Method, url: &str, form: &[(&str, &str)]) -> Place {
        let home = origin(url).to_owned();
        let (mut method, mut url, mut body) = (method, url.to_owned(), encoded(form));
        for _ in 0..MAX_REDIRECTS {
            let (location, page) = self.send(&method, &url, body).await;
            let Some(location) = location else { return Place::Page { url, body: page } };
            url = absolute(&url, &location);
            if origin(&url) != home {
                return Place::Elsewhere(url);
            }
            (method, body) = (Method::GET, String::new());
        }
        panic!("redirected in a circle: {url}")
    }

    async fn send(&mut self, method: &Method, url: &str, body: String) -> (Option<String>, String) {
        let authority = origin(url).strip_prefix("http://").unwrap();
        let path = url.strip_prefix(origin(url)).unwrap();
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, authority)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies.join("; "));
        if *method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let stream = tokio::net::TcpStream::connect(authority).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        for field in head.headers.get_all(header::SET_COOKIE) {
            let pair = field.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        // An empty value is how a cookie is taken away.
        self.cookies.retain(|_, value| !value.is_empty());
        let location =
            head.headers.get(header::LOCATION).map(|location| location.to_str().unwrap().to_owned());
        (location, String::from_utf8_lossy(&body).into_owned())
    }
}

fn origin(url: &str) -> &str {
    let after = url.find("://").unwrap() + 3;
    let end = url[after..].find(['/', '?']).map_or(url.len(), |at| after + at);
    &url[..end]
}

fn absolute(base: &str, location: &str) -> String {
    if location.starts_with('/') { format!("{}{location}", origin(base)) } else { location.to_owned() }
}

//! A person at a login page: reads the forms, fills them in, and goes where they lead.

use std::collections::BTreeMap;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Most pages on the way from a login to its end.
const PAGES: usize = 10;

/// Logs in and agrees. Cookies belong to one origin.
pub(crate) async fn agree(url: String, name: &str, password: &str) {
    let (mut url, mut form) = (url, None);
    let mut cookies: BTreeMap<(String, String), String> = BTreeMap::new();
    for _ in 0..PAGES {
        let rest = url.strip_prefix("http://").unwrap().to_owned();
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let held: Vec<_> = cookies.iter().filter(|((of, _), _)| of == authority).collect();
        let held: Vec<_> = held.iter().map(|((_, name), value)| format!("{name}={value}")).collect();
        let page = load(authority, path, &held.join("; "), form.take()).await;
        for (name, value) in
            page.headers("set-cookie").filter_map(|set| set.split(';').next()?.split_once('='))
        {
            cookies.insert((authority.to_owned(), name.to_owned()), value.to_owned());
        }
        if path.starts_with("/callback") {
            return;
        }
        if let Some(location) = page.headers("location").next() {
            url = absolute(authority, location);
            continue;
        }
        let action =
            attribute(&page.body, "<form", "action").unwrap_or_else(|| panic!("no form: {}", page.body));
        url = absolute(authority, &action);
        let mut fields = form_urlencoded::Serializer::new(String::new());
        for input in page.body.split("<input").skip(1) {
            let input = format!("<input{}", input.split('>').next().unwrap());
            let field = attribute(&input, "<input", "name").unwrap();
            let value = match field.as_str() {
                "username" => name.to_owned(),
                "password" => password.to_owned(),
                _ => attribute(&input, "<input", "value").unwrap_or_default(),
            };
            fields.append_pair(&field, &value);
        }
        if page.body.contains("name=\"decision\"") {
            fields.append_pair("decision", "allow");
        }
        form = Some(fields.finish());
    }
    panic!("the login leads nowhere: {url}");
}

struct Page {
    head: String,
    body: String,
}

impl Page {
    fn headers<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

async fn load(authority: &str, path: &str, cookies: &str, form: Option<String>) -> Page {
    let method = if form.is_some() { "POST" } else { "GET" };
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncookie: {cookies}\r\n"
    );
    if let Some(form) = &form {
        let kind = "application/x-www-form-urlencoded";
        let length = form.len();
        request +=
            &format!("origin: http://{authority}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n");
    }
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(format!("{request}\r\n{}", form.unwrap_or_default()).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Page { head: head.to_owned(), body: body.to_owned() }
}

fn absolute(authority: &str, target: &str) -> String {
    if target.starts_with('/') { format!("http://{authority}{target}") } else { target.to_owned() }
}

/// An attribute of the first such element.
fn attribute(html: &str, element: &str, name: &str) -> Option<String> {
    let text = html.split_once(element)?.1.split('>').next()?;
    let value = text.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#38;", "&").replace("&#x2f;", "/"))
}

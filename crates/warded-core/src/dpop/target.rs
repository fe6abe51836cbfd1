//! Is the URL of a proof the URL of this request?

use std::borrow::Cow;

use crate::resource::ResourceUri;

/// RFC 9449 §4.3: compared without query and fragment, after the normalisation of RFC 3986 §6.2.2 and §6.2.3, which
/// is what an identifier goes through. `here` is the server's own registered URL: whoever forwards a proof to another
/// server can write any `Host` there.
pub(super) fn is(htu: &str, here: &ResourceUri) -> bool {
    let Ok(said) = ResourceUri::parse(without_query(htu)) else {
        return false;
    };
    said == *place(here)
}

/// Where an identifier is, without its query: what a proof is compared with, and used up at.
pub(super) fn place(url: &ResourceUri) -> Cow<'_, ResourceUri> {
    let plain = url.has_query().then(|| ResourceUri::parse(without_query(url.as_str())).ok()).flatten();
    plain.map_or(Cow::Borrowed(url), Cow::Owned)
}

pub(super) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_compared_as_the_rfcs_say() {
        let is_for = |htu: &str, here: &str| is(htu, &ResourceUri::parse(here).unwrap());
        let here = "https://mcp.example.com/notes/mcp";
        for htu in [
            here,
            "HTTPS://MCP.Example.COM/notes/mcp",
            "https://mcp.example.com:443/notes/mcp",
            "https://mcp.example.com/%6eotes/mcp",
            "https://mcp.example.com/notes/mcp?session=1",
            "https://mcp.example.com/notes/mcp#part",
            "https://mcp.example.com/notes/mcp?a=/../#?",
        ] {
            assert!(is_for(htu, here), "{htu}");
        }
        for htu in [
            "",
            "/notes/mcp",
            "mcp.example.com/notes/mcp",
            "http://mcp.example.com/notes/mcp",
            "https://mcp.example.com/notes",
            "https://mcp.example.com/notes/mcp/",
            "https://mcp.example.com/notes/MCP",
            "https://mcp.example.com/Notes/mcp",
            "https://mcp.example.com/notes/mcp/../mcp",
            "https://mcp.example.com/notes//mcp",
            "https://mcp.example.com/notes%2fmcp",
            "https://mcp.example.com:8443/notes/mcp",
            "https://mcp.example.com.evil.example/notes/mcp",
            "https://evil.example/notes/mcp?https://mcp.example.com/notes/mcp",
            "https://mcp.example.com@evil.example/notes/mcp",
            "https://evil.example\\@mcp.example.com/notes/mcp",
            "https://mcp.example.com/notes/mcp ",
            "https://mcp.example.com/files/mcp",
        ] {
            assert!(!is_for(htu, here), "{htu}");
        }
        assert!(is_for("https://a.example/", "https://a.example"));
        assert!(is_for("https://a.example", "https://a.example/"));
        assert!(is_for("http://127.0.0.1:8700/mcp", "http://127.0.0.1:8700/mcp"));
    }

    #[test]
    fn a_server_with_a_query_is_its_path() {
        let here = ResourceUri::parse("https://a.example/mcp?tenant=1").unwrap();
        for htu in
            ["https://a.example/mcp", "https://a.example/mcp?tenant=1", "https://a.example/mcp?tenant=2"]
        {
            assert!(is(htu, &here), "{htu}");
        }
        assert!(!is("https://a.example/mc", &here));
        assert!(is("https://a.example", &ResourceUri::parse("https://a.example/?tenant=1").unwrap()));
    }
}

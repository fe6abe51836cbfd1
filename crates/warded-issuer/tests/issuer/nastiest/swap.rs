//! Number 1: A token for another server than the one that was granted, or for a text that looks like it (RFC 8707 §2.2,
//! CVE-2026-67332).

use super::{Cast, Scene, refuses};
use crate::stage::{FILES, NOTES, NOTES_ALIAS};

/// Rows: a text for `resource`, and what it is called where something was granted.
macro_rules! texts {
    ($code:literal: $($name:ident: $text:expr;)+) => {
        table! { Plain: $(
            $name: |ask| ask.form.set("resource", $text) => {
                code, refresh: 400 "invalid_target" $code;
                own, exchange: 400 "invalid_target" "target-unknown";
            }
        )+ }
    };
}

texts! { "target-elsewhere":
    its_prefix: "https://mcp.example.com/notes";
    a_slash_more: "https://mcp.example.com/notes/mcp/";
    below_it: "https://mcp.example.com/notes/mcp/x";
    longer: "https://mcp.example.com/notes/mcp2";
    its_origin: "https://mcp.example.com";
    a_query: "https://mcp.example.com/notes/mcp?x=1";
    a_cyrillic_letter: "https://mcp.example.c\u{43e}m/notes/mcp";
    another_case: "https://mcp.example.com/NOTES/mcp";
    another_port: "https://mcp.example.com:8443/notes/mcp";
    another_host_below: "https://mcp.example.com.evil.example/notes/mcp";
}

// These cannot name anything.
texts! { "target-unknown":
    an_empty_fragment: "https://mcp.example.com/notes/mcp#";
    a_fragment: "https://mcp.example.com/notes/mcp#x";
    an_encoded_slash: "https://mcp.example.com/notes%2fmcp";
    dot_segments: "https://mcp.example.com/files/../notes/mcp";
    two_slashes: "https://mcp.example.com//notes/mcp";
    backslashes: "https://mcp.example.com\\notes\\mcp";
    plain_http: "http://mcp.example.com/notes/mcp";
    at_evil: "https://mcp.example.com@evil.example/notes/mcp";
    an_empty_query: "https://mcp.example.com/notes/mcp?";
    a_blank: "https://mcp.example.com/notes/mcp ";
    a_tab: "https://mcp.example.com/notes/\tmcp";
    a_newline: "https://mcp.example.com/notes/mcp\n";
    a_zero_byte: "https://mcp.example.com/notes/mcp\0";
    its_name: "notes";
    a_star: "*";
}

table! { Plain:
    another_server: |ask| ask.form.set("resource", FILES) => {
        code, refresh: 400 "invalid_target" "target-elsewhere";
        exchange: 400 "invalid_target" "exchange-not-allowed";
    }
    another_spelling_of_it: |ask| ask.form.set("resource", NOTES_ALIAS) => {
        code, refresh: 400 "invalid_target" "target-elsewhere";
    }
    both: |ask| ask.form.add("resource", FILES) => {
        code, refresh, own, exchange: 400 "invalid_target" "target-several";
    }
    another_first: |ask| {
        ask.form.set("resource", FILES);
        ask.form.add("resource", NOTES);
    } => {
        code, refresh, own, exchange: 400 "invalid_target" "target-several";
    }
    another_audience: |ask| ask.form.add("audience", FILES) => {
        exchange: 400 "invalid_target" "target-several";
    }
    another_audience_alone: |ask| {
        ask.form.without("resource");
        ask.form.add("audience", FILES);
    } => {
        exchange: 400 "invalid_target" "exchange-not-allowed";
    }
    none: |ask| ask.form.without("resource") => {
        own, exchange: 400 "invalid_target" "target-missing";
    }
    an_empty_one: |ask| ask.form.set("resource", "") => {
        own, exchange: 400 "invalid_target" "target-missing";
    }
}

//! The page of what `warded probe` asks, made from the table that it runs.

use warded_probe::{Ask, Attempt, Bearing, CASES, Case, Does, Expect, Form, Piece, Revision, Session, Token};

use super::{GENERATED, cell};

pub(super) fn cases() -> String {
    let mut page = format!(
        "{GENERATED}# Cases of `warded probe`\n\nEach case that sends something stands between two controls: the right \
         token opens a session and lists the tools, before and after. Where a control fails, the case is inconclusive. \
         Server errors, redirects and rate limits are inconclusive too; a refusal with another status than those below \
         is a note.\n\nHere *own* is the token that the attacked server should admit, *neighbour's* the one that was \
         issued for the other server. Each case runs at both servers. The exit code is that of the worst failure: 11 \
         note, 12 medium, 13 high, 14 critical; 1 where something was inconclusive and nothing failed, or a server \
         could not be probed.\n\n| case | name | severity | asks |\n| --- | --- | --- | --- |\n"
    );
    for case in CASES {
        let Case { id, name, severity, asks, .. } = case;
        page += &format!("| {id} | [`{name}`](#{name}) | {} | {} |\n", severity.name(), cell(asks));
    }
    for case in CASES {
        page += &format!("\n## {}\n\n**{}** {}\n\n{}\n\n", case.name, case.id, case.asks, case.danger);
        page += &format!("- **What to do**: {}\n- **Stands on**: {}\n", case.advice, case.cites.join("; "));
        if let Does::Try(attempts) = case.does {
            page += "\n| sent | must be |\n| --- | --- |\n";
            for attempt in attempts {
                page += &format!("| {} | {} |\n", cell(&sent(attempt)), expected(attempt.expect));
            }
        }
    }
    page
}

fn sent(attempt: &Attempt) -> String {
    let mut text = match attempt.ask {
        Ask::Open => "first call".to_owned(),
        Ask::List => "`tools/list`".to_owned(),
        ask => format!("`{ask}`"),
    };
    if attempt.session == Session::Own {
        text += ", in the session of the own token";
    }
    match attempt.revision {
        Revision::Absent => text += ", no `mcp-protocol-version`",
        Revision::Text(revision) => text += &format!(", `mcp-protocol-version: {revision}`"),
        _ => {}
    }
    for bearing in attempt.bears {
        text += &match bearing {
            Bearing::Header(name, pieces) => format!(", `{name}: {}`", shown(pieces)),
            Bearing::Query(name, pieces) => format!(", query `{name}={}`", shown(pieces)),
            Bearing::Form(name, pieces) => format!(", form `{name}={}`", shown(pieces)),
            Bearing::Target(pieces) => format!(", request target `{}`", shown(pieces)),
            _ => String::new(),
        };
    }
    if attempt.bears.is_empty() {
        text += ", no token";
    }
    text
}

fn shown(pieces: &[Piece]) -> String {
    let shown = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.replace('\t', "\\t"),
        Piece::Token(Token::Own(form)) => format!("<own{}>", form_of(*form)),
        Piece::Token(Token::Neighbour(form)) => format!("<neighbour's{}>", form_of(*form)),
        Piece::NeighbourScheme => "<neighbour's scheme>".to_owned(),
        Piece::NeighbourAuthority => "<neighbour's host>".to_owned(),
        Piece::NeighbourPath => "<neighbour's path>".to_owned(),
        _ => "<…>".to_owned(),
    });
    match shown.collect::<String>().trim() {
        "" => "(empty)".to_owned(),
        shown => shown.to_owned(),
    }
}

fn form_of(form: Form) -> String {
    match form {
        Form::Genuine => String::new(),
        Form::Forged(forgery) => format!(", {}", forgery.words().replace('`', "")),
        Form::IdToken => " ID token".to_owned(),
        Form::RefreshToken => " refresh token".to_owned(),
        _ => " …".to_owned(),
    }
}

fn expected(expect: Expect) -> String {
    match expect {
        Expect::Admitted => "admitted".to_owned(),
        Expect::Refused(statuses) => statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
        _ => "…".to_owned(),
    }
}

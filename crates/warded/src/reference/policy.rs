//! The page of the policy format, made from the tables that its reader reads by.

use warded_policy::{Key, Level, Operator, Origin, Reference, reference};

use super::{GENERATED, cell};
use crate::report::policy::severity;

pub(super) fn page() -> String {
    let Reference { levels, operators, paths, codes } = reference();
    let mut page = format!(
        "{GENERATED}# Policy files\n\nIntercept's format as it is, with the verified token, the server and the client in \
         view. Keys that are not Intercept's say so; *provisional* are those that only its public pages tell of. Unknown \
         keys are errors: `warded policy check FILE` names the likely meant one.\n"
    );
    page += "\n## Keys\n";
    for Level { name, keys } in levels {
        page += &format!(
            "\n### {name}\n\n| key | value | default | whose | what it means |\n| --- | --- | --- | --- | --- |\n"
        );
        for Key { key, value, default, meaning, origin } in *keys {
            page += &format!(
                "| `{key}` | {} | {} | {} | {} |\n",
                cell(value),
                cell(default),
                whose(*origin),
                cell(meaning)
            );
        }
    }
    page += "\n## Operators\n\nWhere nothing stands at the path, none of them holds but `exists`.\n\n\
             | operator | `value` | it holds where |\n| --- | --- | --- |\n";
    for Operator { name, value, meaning, .. } in operators {
        page += &format!("| `{name}` | {} | {} |\n", cell(value), cell(meaning));
    }
    page += "\nA `regex` costs work by the size of its pattern and the length of the text, and a call that would take more work \
             than any may take is refused (`policy-undecidable`). One rule with `^[a-zA-Z0-9 .,_-]{1,200}$` judges some 2,700 bytes of an \
             argument, `^\\pL+$` some 1,300, an alternation of a few words some 21,000. Two such rules on one argument judge half \
             as much, and the calls of a batch share it. Where arguments are long, prefer few letters (`[a-z]` to `\\pL`), short \
             repetitions, `in` and `contains`.\n";
    page += "\n## Paths\n\nOf `path` and, but for `state`, of `${...}` in texts of `value`.\n\n\
             | path | whose | what stands there |\n| --- | --- | --- |\n";
    for path in &paths {
        let origin = if path.is_intercepts { Origin::Intercept } else { Origin::Warded };
        page += &format!("| `{}` | {} | {} |\n", path.path, whose(origin), cell(path.meaning));
    }
    page += "\n## What `warded policy check` finds\n\nThe exit code is that of the worst finding: 11 note, 12 medium, 13 \
             high; 1 where a file could not be read. With a finding of severity high a file is no policy. Others can be \
             accepted by name: `warded policy check FILE --accept CODE`.\n\n\
             | code | severity | what it means |\n| --- | --- | --- |\n";
    for code in codes {
        let name = severity(code.severity).name();
        page += &format!("| [`{0}`](#{0}) | {name} | {1} |\n", code.code, cell(code.meaning));
    }
    for code in codes {
        page += &format!("\n### {}\n\n{}\n\n**What to do**: {}\n", code.code, code.meaning, code.advice);
        if !code.example.is_empty() {
            page += &format!("\n```yaml\n{}\n```\n", code.example.trim_end());
        }
    }
    page
}

const fn whose(origin: Origin) -> &'static str {
    match origin {
        Origin::Intercept => "Intercept",
        Origin::Provisional => "provisional",
        Origin::Warded => "Warded",
    }
}

//! The page of what `warded doctor` can find, made from its table.

use super::{GENERATED, cell};
use crate::diagnosis::Diagnosis;

pub(super) fn page() -> String {
    let mut page = format!(
        "{GENERATED}# Diagnoses of `warded doctor`\n\nWhy a client does not get in at a server, or gets in less safely \
         than it should. Every diagnosis has a stable code; `warded explain CODE` uses the same one. The exit code is \
         that of the worst: 11 note, 12 medium, 13 high. How to read a report: [Why was I \
         refused?](../front/why-was-i-refused.md)\n\n| code | severity | what it means |\n| --- | --- | --- |\n"
    );
    for diagnosis in Diagnosis::ALL {
        page += &format!(
            "| [`{0}`](#{0}) | {1} | {2} |\n",
            diagnosis.code,
            diagnosis.severity.name(),
            cell(diagnosis.meaning)
        );
    }
    for diagnosis in Diagnosis::ALL {
        page += &format!("\n## {}\n\n{}\n\n", diagnosis.code, diagnosis.meaning);
        for (whose, change) in diagnosis.advice {
            page += &format!("- **What to change** ({}): {change}\n", whose.operator());
        }
        page += &format!("- **Stands on**: {}\n", diagnosis.clause);
    }
    page
}

//! What does `<<` bring into a mapping? As Go's yaml.v3 has it: everything whose key does not stand there already.

use std::{borrow::Cow, collections::HashSet};

use super::{At, MOST_REPEATED, Node, Pair, What, build::too_complex};
use crate::{Finding, finding::table};

/// Brings in what a mapping, or each mapping of a list, has; of two with one key the first one counts. Says how many
/// entries were looked at.
pub(super) fn into<'s>(
    pairs: &mut Vec<Pair<'s>>,
    mut seen: HashSet<Cow<'s, str>>,
    merges: &Node<'s>,
    most: usize,
) -> Result<usize, Box<Finding>> {
    let alone = std::slice::from_ref(merges);
    let sources = match &merges.what {
        What::List(items) => items,
        What::Map(_) | What::Scalar(_) => alone,
    };
    let mut looked = 0;
    for source in sources {
        let What::Map(entries) = &source.what else { return Err(no_mapping(source.at).into()) };
        for entry in entries.iter() {
            looked += 1;
            if looked > most {
                let message = format!("merge keys bring more than {MOST_REPEATED} entries");
                return Err(too_complex(merges.at, message).into());
            }
            if seen.insert(entry.key.text.clone()) {
                pairs.push(entry.clone());
            }
        }
    }
    Ok(looked)
}

fn no_mapping(at: At) -> Finding {
    let message = "`<<` brings in a mapping, or a list of mappings";
    Finding::new(&table::YAML, at.range(), message, "neither")
}

//! With which key is what the store holds sealed? One that is given, or one in a file, beside the store where nothing else is
//! said.

use std::path::Path;

use warded_store::{KeyPlace, StoreKey};

use super::secrets;
use crate::{
    config::{Span, serving::SecretPlace},
    finding::{Finding, table},
};

/// Where the key is; a file is made by whoever opens a store that has none yet.
pub(crate) fn place(
    wanted: Option<&(SecretPlace, Span)>,
    store: &Path,
    folder: &Path,
) -> Result<KeyPlace, Finding> {
    match wanted {
        None => {
            let mut beside = store.as_os_str().to_owned();
            beside.push(".key");
            Ok(KeyPlace::File(beside.into()))
        }
        Some((SecretPlace::File(path), _)) => Ok(KeyPlace::File(folder.join(path))),
        Some((given @ SecretPlace::Environment(_), at)) => {
            let lacking = |why: String| Finding::new(&table::SECRET_MISSING, why).at(*at, "not there");
            let text = secrets::read(given, folder).map_err(lacking)?;
            StoreKey::parse(&text).map(KeyPlace::Given).map_err(|error| lacking(error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(wanted: Option<&(SecretPlace, Span)>) -> std::path::PathBuf {
        match place(wanted, Path::new("/srv/state/warded.db"), Path::new("/etc/warded")) {
            Ok(KeyPlace::File(path)) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_key_lies_beside_the_store_unless_it_is_said_to_lie_elsewhere() {
        assert_eq!(file(None), Path::new("/srv/state/warded.db.key"));
        let wanted = (SecretPlace::File("keys/store".into()), Span::default());
        assert_eq!(file(Some(&wanted)), Path::new("/etc/warded/keys/store"));
    }

    #[test]
    fn a_key_that_is_not_there_is_said_and_none_is_made() {
        let wanted = (SecretPlace::Environment("WARDED_TEST_NO_SUCH_KEY".into()), Span::default());
        let finding = place(Some(&wanted), Path::new("warded.db"), Path::new("")).unwrap_err();
        assert!(finding.message.contains("WARDED_TEST_NO_SUCH_KEY"), "{finding:?}");
    }
}

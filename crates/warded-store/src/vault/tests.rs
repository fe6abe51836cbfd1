use aws_lc_rs::rand::SystemRandom;

use super::*;

#[expect(clippy::disallowed_methods, reason = "tests stand where the parameter comes from")]
pub(crate) fn random() -> Arc<dyn SecureRandom + Send + Sync> {
    Arc::new(SystemRandom::new())
}

fn vault() -> Vault {
    Vault::new(&StoreKey::fresh(&*random()).unwrap(), random()).unwrap()
}

const SECRET: Place<'_> = Place::Secret("fingerprint");

#[test]
fn a_key_is_read_as_it_was_written_and_says_nothing() {
    let key = StoreKey::fresh(&*random()).unwrap();
    let text = key.reveal();
    assert_eq!((text.len(), format!("{key:?}")), (43, "StoreKey".to_owned()));
    assert_eq!(StoreKey::parse(&format!(" {}\n", *text)).unwrap().0, key.0);
    let short = text.get(..42).unwrap();
    for other in ["", short, &format!("{}A", *text), &format!("{short}="), &"+".repeat(43)] {
        assert_eq!(StoreKey::parse(other).unwrap_err(), InvalidStoreKey, "{other}");
    }
}

#[test]
fn what_is_sealed_opens_at_its_own_place_by_its_own_key_only() {
    let vault = vault();
    let sealed = vault.seal(SECRET, b"plain").unwrap();
    assert_eq!(vault.open(SECRET, &sealed).unwrap().as_slice(), b"plain");
    assert!(!sealed.windows(5).any(|window| window == b"plain"));
    assert_ne!(vault.seal(SECRET, b"plain").unwrap(), sealed, "no nonce is used twice");

    let key = |issuer, kid| Place::SigningKey { issuer, kid };
    for other in [Place::Secret("fingerprint "), Place::Known, key("fingerprint", ""), key("", "fingerprint")]
    {
        assert_eq!(vault.open(other, &sealed), None, "{other:?}");
    }
    let of_key = vault.seal(key("ab", "c"), b"plain").unwrap();
    assert_eq!(vault.open(key("a", "bc"), &of_key), None);
    assert_eq!(self::vault().open(SECRET, &sealed), None, "another key");
}

#[test]
fn what_was_changed_or_cut_off_or_lies_in_plain_opens_nothing() {
    let vault = vault();
    let sealed = vault.seal(SECRET, b"plain").unwrap();
    for end in 0..sealed.len() {
        assert_eq!(vault.open(SECRET, sealed.get(..end).unwrap()), None, "cut off at {end}");
        let mut changed = sealed.clone();
        *changed.get_mut(end).unwrap() ^= 1;
        assert_eq!(vault.open(SECRET, &changed), None, "changed at {end}");
    }
    assert_eq!(vault.open(SECRET, b"plain"), None);
}

#[test]
fn the_right_key_is_told_from_another() {
    let (one, other) = (vault(), vault());
    let known = one.seal_known().unwrap();
    assert!(one.is_of(&known) && !other.is_of(&known));
    assert!(!one.is_of(&one.seal(SECRET, KNOWN).unwrap()));
}

#[test]
fn a_file_is_made_once_and_only_where_nothing_is_sealed_yet() {
    let folder = tempfile::tempdir().unwrap();
    let place = KeyPlace::File(folder.path().join("warded.db.key"));
    let missing = place.held("warded.db").unwrap_err();
    assert!(matches!(missing, StoreFailed::KeyMissing { .. }), "{missing}");
    let first = place.first(&*random()).unwrap();
    assert_eq!(place.first(&*random()).unwrap().0, first.0);
    assert_eq!(place.held("warded.db").unwrap().0, first.0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
}

#[test]
fn a_key_that_came_meanwhile_is_not_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db.key");
    let keys = [(); 2].map(|()| StoreKey::fresh(&*random()).unwrap());
    file::write(&path, &keys[0]).unwrap();
    assert!(file::write(&path, &keys[1]).is_err());
    assert_eq!(file::read(&path).unwrap().unwrap().0, keys[0].0);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_that_holds_no_key_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db.key");
    let place = KeyPlace::File(path.clone());
    place.first(&*random()).unwrap();
    let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    set(0o640);
    assert!(matches!(place.held(""), Err(StoreFailed::KeyExposed { .. })));
    set(0o600);
    std::fs::write(&path, "").unwrap();
    assert!(matches!(place.first(&*random()), Err(StoreFailed::Key { .. })), "an empty one is not filled");
}

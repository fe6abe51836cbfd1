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

/// Two stores may share a key file, so no lock of a store keeps them apart. Whoever sealed with a key that is in no file has
/// lost everything at the next start.
#[test]
fn of_many_that_make_one_file_at_once_all_hold_what_is_in_it() {
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let place = KeyPlace::File(folder.path().join("shared.key"));
        let start = std::sync::Barrier::new(8);
        let held: Vec<_> = std::thread::scope(|scope| {
            let first = || {
                start.wait();
                place.first(&*random()).unwrap()
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(first)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let kept = place.held("").unwrap();
        assert!(held.iter().all(|key| key.0 == kept.0));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
    }
}

#[test]
fn a_key_that_came_meanwhile_is_not_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db.key");
    let [ours, theirs] = [(); 2].map(|()| StoreKey::fresh(&*random()).unwrap());
    assert_eq!(file::write(&path, theirs.clone(), &*random()).unwrap().0, theirs.0);
    assert_eq!(file::write(&path, ours, &*random()).unwrap().0, theirs.0, "it is the key of both");
    assert_eq!(file::read(&path).unwrap().unwrap().0, theirs.0);
}

/// Whoever makes a file may end before it is taken away again, and what is left holds the key, too.
#[test]
fn a_copy_that_was_left_behind_is_removed_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = KeyPlace::File(folder.path().join("warded.db.key"));
    let key = place.first(&*random()).unwrap();
    let left = format!("warded.db.key.{}.new", "A".repeat(22));
    let others = ["warded.db.key.bak", "warded.db.key.1.new", "other.key.AAAAAAAAAAAAAAAAAAAAAA.new"];
    for name in others.into_iter().chain([left.as_str()]) {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(place.held("").unwrap().0, key.0);
    assert!(!folder.path().join(left).exists());
    assert!(others.iter().all(|name| folder.path().join(name).exists()));
}

/// Copies had one name for all once, which an operator may have for the key that is to come.
#[test]
fn a_copy_of_the_name_before_is_removed_where_it_is_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("warded.db.key"), folder.path().join("warded.db.key.new"));
    let place = KeyPlace::File(path.clone());
    let key = place.first(&*random()).unwrap();
    let another = StoreKey::fresh(&*random()).unwrap().reveal().to_string();
    for kept in [another.as_str(), ""] {
        std::fs::write(&copy, kept).unwrap();
        assert_eq!(place.held("").unwrap().0, key.0);
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), kept);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    for left in [text.as_str(), text.get(..20).unwrap()] {
        std::fs::write(&copy, left).unwrap();
        assert_eq!(place.first(&*random()).unwrap().0, key.0);
        assert!(!copy.exists());
    }
}

/// A start that is cut off on a file system without links.
#[cfg(unix)]
#[test]
fn whoever_finds_half_a_key_is_told_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db.key");
    std::fs::write(&path, "c2hvcnQ").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let half = KeyPlace::File(path.clone()).first(&*random()).unwrap_err().to_string();
    assert!(half.contains("warded.db.key") && half.contains("remove it"), "{half}");
    assert!(!half.contains("c2hvcnQ"), "what it holds may be most of a key");
    assert!(path.exists(), "and nobody else removes it");
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

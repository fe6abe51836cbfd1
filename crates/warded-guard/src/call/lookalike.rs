//! Could a name be taken for a member of the protocol that it is not?

use warded_core::PROTOTYPE;
pub(crate) use warded_core::folds_to;

/// Whether some reader takes the name for one of the protocol's own that it is not.
pub(super) fn is_one(name: &str, reserved: &[&str]) -> bool {
    // It is the protocol's own, and no two of those are alike.
    if reserved.is_empty() || reserved.contains(&name) {
        return false;
    }
    // Nearly every name there is: no letter of it is anything but itself in another case.
    if name.bytes().all(|byte| byte.is_ascii() && byte != b'\0') {
        let differs = |own: &&str| own.eq_ignore_ascii_case(name) && **own != *name;
        return reserved.iter().any(differs) || name == PROTOTYPE;
    }
    reserved.iter().any(|own| folds_to(name, own))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            envelope::MESSAGE,
            named::{FILTER, REFERENCE},
            params::{META, PARAMS},
        },
        *,
    };

    #[test]
    fn no_member_of_the_protocol_is_like_another() {
        for reserved in [MESSAGE, PARAMS, META, REFERENCE, FILTER] {
            for (at, one) in reserved.iter().enumerate() {
                assert!(
                    reserved.iter().enumerate().all(|(other, own)| other == at || !folds_to(one, own)),
                    "{one}"
                );
                assert!(!is_one(one, reserved) && is_one(&one.to_ascii_uppercase(), reserved));
                assert!(is_one(&format!("{one}\0"), reserved) && is_one(PROTOTYPE, reserved));
            }
        }
    }
}

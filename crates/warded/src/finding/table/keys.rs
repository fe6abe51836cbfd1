//! What is wrong with keys that the operator keeps.

use crate::finding::{Rule, Severity};

pub(crate) static KEY_FILE_INVALID: Rule = Rule {
    code: "key-file-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "The file with an issuer's public keys cannot be read, holds no key that Warded can use, or belongs to an issuer that is not judged by keys. Every token of the issuer would be answered with 503.",
    advice: "Write `keys: file:PATH`, a JSON Web Key Set with the issuer's public keys, seen from the folder of the configuration; or leave `keys` out, and the issuer is asked.",
    example: "`keys: jwks.json`",
};

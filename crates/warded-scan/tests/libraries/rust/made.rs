use jsonwebtoken::{Validation, Algorithm, decode};
struct B { audience: Option<Vec<String>> }
impl B {
    fn build(self) -> Config {
        let mut validation = Validation::new(Algorithm::RS256);
        if let Some(aud) = &self.audience {
            validation.set_audience(aud); // WRD203
        } else {

            validation.validate_aud = false; // WRD202 note
        }
        Config { validation: Arc::new(validation) }
    }
}
fn made() -> Validation {
    // Without an audience to compare with it refuses every token that has one.
    let mut v = Validation::new(Algorithm::RS256);
    v.set_issuer(&["x"]);
    v
}
fn made_off() -> Validation {
    let mut v = Validation::new(Algorithm::RS256);
    v.validate_aud = false; // WRD202
    v
}
fn good() -> Validation {
    let mut v = Validation::new(Algorithm::RS256);
    v.set_audience(&["x"]);
    v.set_required_spec_claims(&["exp", "aud"]);
    v
}
fn used() -> Validation {
    let mut v = Validation::new(Algorithm::RS256);
    v
}
fn user(t: &str) -> Option<C> {
    let mut v = used();
    v.set_audience(&["x"]);
    v.set_required_spec_claims(&["exp", "aud"]);
    decode::<C>(t, &key(), &v).ok()
}
fn given(v: Validation) -> Wrapper {
    Wrapper { v }
}

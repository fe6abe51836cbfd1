//! As much of jsonwebtoken as the examples use, with its own signatures.

use std::collections::HashSet;

pub enum Algorithm {
    RS256,
}

pub struct DecodingKey;

pub struct Validation {
    pub validate_aud: bool,
    pub required_spec_claims: HashSet<String>,
}

impl Validation {
    pub fn new(_: Algorithm) -> Self {
        Self { validate_aud: true, required_spec_claims: HashSet::new() }
    }
    pub fn set_audience<T: ToString>(&mut self, _: &[T]) {}
    pub fn set_required_spec_claims<T: ToString>(&mut self, _: &[T]) {}
}

pub struct TokenData<T> {
    pub claims: T,
}

pub fn decode<T: Default>(_: &str, _: &DecodingKey, _: &Validation) -> Result<TokenData<T>, ()> {
    Ok(TokenData { claims: T::default() })
}

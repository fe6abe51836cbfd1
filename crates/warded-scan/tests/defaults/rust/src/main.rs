//! Which tokens does each way of calling jsonwebtoken accept? One line of JSON for each way.
//!
//!     warded-scan-defaults TOKENS

use std::{env, error::Error, fs};

use serde_json::{Value, json};

/// The same calls, of each version: their types have nothing to do with each other.
macro_rules! measure {
    // `$switch` turns the look at the audience off; the first ones have none.
    ($version:ident, $number:literal, $given:expr $(, $switch:ident)?) => {{
        use $version::{Algorithm, DecodingKey, Validation, decode};
        let given: &Value = $given;
        let text = |pointer: &str| given.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let key = DecodingKey::from_rsa_components(text("/jwk/n"), text("/jwk/e"))?;
        type Way = (&'static str, fn(&mut Validation, &str));
        let ways: [Way; 4] = [
            ("Validation::new(alg)", |_, _| ()),
            ("set_audience(&[HERE])", |validation, here| validation.set_audience(&[here])),
            ("set_audience(&[HERE]), set_required_spec_claims(&[\"exp\", \"aud\"])", |validation, here| {
                validation.set_audience(&[here]);
                validation.set_required_spec_claims(&["exp", "aud"]);
            }),
            ("set_required_spec_claims(&[\"exp\", \"aud\"])", |validation, _| {
                validation.set_required_spec_claims(&["exp", "aud"]);
            }),
        ];
        let mut ways = Vec::from(ways);
        $(
            ways.push(("validate_aud = false", |validation, _| validation.$switch = false));
            ways.push(("set_audience(&[HERE]), validate_aud = false", |validation, here| {
                validation.set_audience(&[here]);
                validation.$switch = false;
            }));
        )?
        for (call, set) in ways.drain(..) {
            let mut validation = Validation::new(Algorithm::RS256);
            set(&mut validation, text("/here"));
            let tokens = given["tokens"].as_object().into_iter().flatten();
            let accepts: Vec<_> = tokens
                .filter(|(_, token)| {
                    decode::<Value>(token.as_str().unwrap_or_default(), &key, &validation).is_ok()
                })
                .map(|(name, _)| name)
                .collect();
            let row = json!({
                "package": "crates:jsonwebtoken",
                "version": $number,
                "call": call,
                "accepts": accepts,
                "untried": [],
            });
            println!("{row}");
        }
    }};
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("which file has the tokens?")?;
    let given: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    measure!(eight, "8.3.0", &given);
    measure!(nine, "9.3.1", &given, validate_aud);
    measure!(ten, "10.4.0", &given, validate_aud);
    measure!(eleven, "11.1.0", &given, validate_aud);
    Ok(())
}

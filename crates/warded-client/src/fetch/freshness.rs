//! How long is an answer good? As long as it says (RFC 9111), within what whoever asked allows.

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL},
};

/// For how many seconds answers may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    usual: u32,
    least: u32,
    greatest: u32,
}

impl Freshness {
    /// `usual` where an answer does not say; between `least` and `greatest` where it does.
    pub const fn new(usual: u32, least: u32, greatest: u32) -> Self {
        Self { usual, least, greatest }
    }

    /// For how many seconds the answer with these fields may be kept. RFC 9111 §5.2.2: what must not be stored is kept
    /// as shortly as anything is.
    pub fn of(self, headers: &HeaderMap) -> u32 {
        let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
        let asked = values.flat_map(|value| value.split(',')).filter_map(seconds).min();
        asked.map_or(self.usual, |seconds| {
            let left = u32::try_from(seconds.saturating_sub(age(headers))).unwrap_or(u32::MAX);
            left.clamp(self.least, self.greatest)
        })
    }
}

/// RFC 9111 §4.2.3, §5.1: for so many seconds it has lain in somebody's cache.
pub fn age(headers: &HeaderMap) -> u64 {
    headers.get(AGE).and_then(|age| age.to_str().ok()?.parse().ok()).unwrap_or(0)
}

fn seconds(directive: &str) -> Option<u64> {
    let directive = directive.trim().to_ascii_lowercase();
    if directive == "no-store" || directive == "no-cache" {
        return Some(0);
    }
    let digits = directive.strip_prefix("max-age=")?.trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // RFC 9111 §1.2.2: what is too large to hold is merely large.
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const BOUNDS: Freshness = Freshness::new(900, 60, 24 * 60 * 60);

    #[test]
    fn an_answer_is_good_for_as_long_as_it_says_within_reason() {
        for (values, seconds) in [
            (vec![], 900),
            (vec!["public"], 900),
            (vec!["max-age=3600"], 3600),
            (vec!["public, Max-Age=3600, must-revalidate"], 3600),
            (vec!["max-age=\"120\""], 120),
            (vec!["max-age=0"], 60),
            (vec!["no-store"], 60),
            (vec!["max-age=3600", "no-cache"], 60),
            (vec!["max-age=99999999999999999999999"], 86400),
            (vec!["max-age=-1"], 900),
            (vec!["max-age="], 900),
            (vec!["s-maxage=5"], 900),
        ] {
            let headers =
                values.iter().map(|value| (CACHE_CONTROL, HeaderValue::from_static(value))).collect();
            assert_eq!(BOUNDS.of(&headers), seconds, "{values:?}");
        }
    }

    #[test]
    fn an_answer_that_lay_in_a_cache_is_as_old_as_it_says() {
        for (spent, seconds) in [("0", 900), ("600", 300), ("899", 60), ("9999", 60), ("x", 900), ("-1", 900)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=900"));
            headers.insert(AGE, HeaderValue::from_static(spent));
            assert_eq!(BOUNDS.of(&headers), seconds, "{spent}");
        }
    }
}

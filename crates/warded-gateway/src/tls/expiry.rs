//! When does a certificate end? The one field of it that nobody else reads out (RFC 5280 §4.1.2.5).

use warded_core::UnixTime;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const EXPLICIT_VERSION: u8 = 0xa0;

/// The end of a certificate in DER; none where it cannot be read.
pub(super) fn of(certificate: &[u8]) -> Option<UnixTime> {
    let (certificate, _) = taken(certificate, SEQUENCE)?;
    let (fields, _) = taken(certificate, SEQUENCE)?;
    let fields = taken(fields, EXPLICIT_VERSION).map_or(fields, |(_, rest)| rest);
    // Serial number, signature algorithm, issuer.
    let fields = skipped(skipped(skipped(fields)?)?)?;
    let (validity, _) = taken(fields, SEQUENCE)?;
    let (tag, end, _) = element(skipped(validity)?)?;
    time(tag, std::str::from_utf8(end).ok()?)
}

/// The first element: its tag, what is in it, and what comes after it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        // A certificate has no element of 16 MiB.
        let is_short = digits.len() <= 3;
        (is_short.then(|| digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)))?, rest)
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    Some((tag, inside, rest))
}

fn taken(der: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    element(der).filter(|(tag, ..)| *tag == wanted).map(|(_, inside, rest)| (inside, rest))
}

fn skipped(der: &[u8]) -> Option<&[u8]> {
    element(der).map(|(.., rest)| rest)
}

/// `YYMMDDHHMMSSZ` until 2049, and `YYYYMMDDHHMMSSZ` after it.
fn time(tag: u8, text: &str) -> Option<UnixTime> {
    let digits = text.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => (number(0, 2).map(|year| year + if year < 50 { 2000 } else { 1900 })?, 2),
        (GENERALIZED_TIME, 14) => (number(0, 4)?, 4),
        _ => return None,
    };
    let part = |at: usize| number(rest + at, rest + at + 2);
    let days = days(year, part(0)?, part(2)?);
    Some(UnixTime::from_seconds(((days * 24 + part(4)?) * 60 + part(6)?) * 60 + part(8)?))
}

/// Days since 1970 in the Gregorian calendar, with years that begin in March, so that a leap day is their last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = if month > 2 { month - 3 } else { month + 9 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read_whatever_its_spelling() {
        for (year, month, day, seconds) in
            [(2027, 1, 31, 1_801_353_600), (2049, 12, 31, 2_524_521_600), (2052, 2, 29, 2_592_777_600)]
        {
            let mut params = CertificateParams::new(["a.example".to_owned()]).unwrap();
            params.not_after = date_time_ymd(year, month, day);
            let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            assert_eq!(of(certificate.der()), Some(UnixTime::from_seconds(seconds)), "{year}");
        }
    }

    #[test]
    fn what_is_cut_off_has_no_end() {
        let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let der = made.cert.der();
        assert!(of(der).is_some());
        for length in 0..der.len() {
            assert_eq!(of(&der[..length]), None, "{length}");
        }
    }
}

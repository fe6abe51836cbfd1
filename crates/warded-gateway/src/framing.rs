//! Where does a message end? Asked beside [`Host`](crate::host::Host): whoever knows another coding than we do, such as
//! a proxy in front, must not see another message (RFC 9112 §6.1, §11.2).

use http::{HeaderMap, header};
use warded_core::Refusal;

/// Whether a message says nothing of its coding, or once that it comes in chunks. The library that reads requests looks
/// at the last coding only: of `gzip, chunked` it would take the chunks for the message, and of `chunked, chunked` what
/// is in the outer ones.
pub(crate) fn is_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let Some(only) = codings.next() else { return Ok(()) };
    let is_chunked = only.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    if is_chunked && codings.next().is_none() { Ok(()) } else { Err(Refusal::BodyUnreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_coding_is_known_and_it_stands_once() {
        let read = |codings: &[&str]| {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(header::TRANSFER_ENCODING, coding.parse().unwrap());
            }
            is_plain(&headers)
        };
        for codings in [&[][..], &["chunked"], &["Chunked"], &[" chunked\t"]] {
            assert_eq!(read(codings), Ok(()), "{codings:?}");
        }
        for codings in [
            &["gzip, chunked"][..],
            &["chunked, chunked"],
            &["chunked", "chunked"],
            &["gzip", "chunked"],
            &["identity"],
            &["chunked;q=1"],
            &["chunked,"],
            &["\"chunked\""],
            &["xchunked"],
            &[""],
        ] {
            assert_eq!(read(codings), Err(Refusal::BodyUnreadable), "{codings:?}");
        }
    }
}

//! How is a list unpacked without being blown up by it? Zlib (RFC 1950), with a bound on what comes out.

use miniz_oxide::inflate;

/// Largest list that is unpacked, in bytes: sixteen million tokens of one bit. A few kilobytes of zlib can stand for
/// gigabytes.
pub const MAX_STATUS_BYTES: usize = 2 * 1024 * 1024;

/// Unpacks a list; none where it is none, or larger than the bound.
pub(super) fn unpack(packed: &[u8]) -> Option<Box<[u8]>> {
    inflate::decompress_to_vec_zlib_with_limit(packed, MAX_STATUS_BYTES).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    #[test]
    fn what_was_packed_comes_out_up_to_the_bound() {
        for size in [0, 1, 4096, MAX_STATUS_BYTES] {
            let list: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
            assert_eq!(unpack(&compress_to_vec_zlib(&list, 6)).as_deref(), Some(&*list), "{size}");
        }
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let just_too_large = compress_to_vec_zlib(&vec![0; MAX_STATUS_BYTES + 1], 9);
        assert!(just_too_large.len() < 4096);
        assert_eq!(unpack(&just_too_large), None);
        // A gigabyte in a megabyte: it stops at the bound, and long before the end.
        assert_eq!(unpack(&compress_to_vec_zlib(&vec![0; 256 * MAX_STATUS_BYTES], 1)), None);
    }

    #[test]
    fn what_is_damaged_does_not_come_out() {
        let packed = compress_to_vec_zlib(&[0xb9, 0xa3, 7, 9, 200, 3], 6);
        for cut in 0..packed.len() {
            assert_eq!(unpack(packed.get(..cut).unwrap()), None, "{cut}");
        }
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x11;
            // Its checksum notices, wherever the damage is (RFC 1950 §2.2); the header's two bytes have one of their own.
            assert_eq!(unpack(&damaged), None, "{at}");
        }
    }
}

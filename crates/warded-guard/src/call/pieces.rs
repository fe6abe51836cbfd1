//! How are the pieces of a message held until it is whole? Whoever sends it chooses how large they are, and is not to
//! choose how much memory they take: a piece that is kept as it came holds on to the buffer that it came in.

use bytes::{Bytes, BytesMut};

/// In how many bytes together what comes after the first piece is held.
const BLOCK: usize = 64 * 1024;

/// What has come of a message.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    first: Bytes,
    others: Vec<BytesMut>,
    length: usize,
}

impl Pieces {
    /// How many bytes they have.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// One more of them.
    pub(super) fn add(&mut self, piece: Bytes) {
        self.length += piece.len();
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        let fits = |block: &&mut BytesMut| block.len() + piece.len() <= block.capacity();
        if let Some(block) = self.others.last_mut().filter(fits) {
            block.extend_from_slice(&piece);
            return;
        }
        let mut block = BytesMut::with_capacity(BLOCK.max(piece.len()));
        block.extend_from_slice(&piece);
        self.others.push(block);
    }

    /// All of it: one piece is not copied, and several once.
    pub(super) fn whole(self) -> Bytes {
        if self.others.is_empty() {
            return self.first;
        }
        let mut all = BytesMut::with_capacity(self.length);
        all.extend_from_slice(&self.first);
        self.others.iter().for_each(|block| all.extend_from_slice(block));
        all.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_piece_stays_where_it_is_and_several_are_put_together() {
        assert_eq!(Pieces::default().whole(), "");
        let only = Bytes::from(vec![b'x'; 10]);
        let mut one = Pieces::default();
        one.add(Bytes::new());
        one.add(only.clone());
        assert_eq!(one.whole().as_ptr(), only.as_ptr());
        for size in [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let text: Vec<_> = (0..200_000_u32).map(|at| at.to_le_bytes()[0]).collect();
            let mut pieces = Pieces::default();
            text.chunks(size).for_each(|piece| pieces.add(Bytes::copy_from_slice(piece)));
            assert_eq!(pieces.length(), text.len());
            assert_eq!(pieces.whole(), text, "in pieces of {size}");
        }
    }

    #[test]
    fn small_pieces_of_large_buffers_take_no_more_than_they_have() {
        let buffer = Bytes::from(vec![b'x'; 4 * BLOCK]);
        let mut pieces = Pieces::default();
        (0..200_000).for_each(|at| pieces.add(buffer.slice(at..=at)));
        let held: usize = pieces.others.iter().map(BytesMut::capacity).sum();
        assert!(held <= 200_000 + BLOCK, "{held}");
        assert!(pieces.others.iter().all(|block| !buffer.as_ptr_range().contains(&block.as_ptr())));
    }
}

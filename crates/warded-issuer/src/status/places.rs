//! Which place does a token get? The next one of a block that was set aside for this process, in no order.

use aws_lc_rs::rand::SecureRandom;
use warded_core::Issuer;
use warded_store::{StatusIndex, Store};

use crate::refused::Refused;

/// How many places are set aside at once: as many tokens cost one write.
const BLOCK: u32 = 4096;

/// Places that nobody has yet.
#[derive(Default)]
pub(super) struct Places(tokio::sync::Mutex<Vec<StatusIndex>>);

impl Places {
    pub(super) async fn next(
        &self,
        store: &dyn Store,
        issuer: &Issuer,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<StatusIndex, Refused> {
        let mut free = self.0.lock().await;
        if let Some(place) = free.pop() {
            return Ok(place);
        }
        let block = store.reserve(issuer, BLOCK).await?;
        let place = |index| StatusIndex { list: block.list, index };
        *free = (block.first..block.first + block.count).map(place).collect();
        shuffle(&mut free, random)?;
        free.pop().ok_or(Refused::Unable)
    }
}

/// Each order is as likely as any other (Fisher and Yates), but for a part in 2^52.
fn shuffle(places: &mut [StatusIndex], random: &(dyn SecureRandom + Send + Sync)) -> Result<(), Refused> {
    let mut bytes = vec![0; places.len() * 8];
    random.fill(&mut bytes).map_err(|_| Refused::Unable)?;
    for (last, bytes) in (1..places.len()).rev().zip(bytes.chunks_exact(8)) {
        let drawn = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let other = usize::try_from(drawn % (last as u64 + 1)).unwrap_or(last);
        places.swap(last, other);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use warded_store::memory::Memory;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
    fn random() -> aws_lc_rs::rand::SystemRandom {
        aws_lc_rs::rand::SystemRandom::new()
    }

    #[tokio::test]
    async fn no_two_tokens_of_two_nodes_share_a_place_and_their_places_tell_no_order() {
        let (store, issuer) = (Memory::new(), Issuer::parse("https://login.example.com").unwrap());
        let (one, other) = (Places::default(), Places::default());
        let mut seen = Vec::new();
        for _ in 0..BLOCK + 10 {
            for node in [&one, &other] {
                seen.push(node.next(&store, &issuer, &random()).await.unwrap());
            }
        }
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
        let of_one: Vec<_> = seen.iter().step_by(2).take(1000).map(|place| place.index).collect();
        let rises = of_one.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((350..650).contains(&rises), "as many rise as fall: {rises} of 999");
    }
}

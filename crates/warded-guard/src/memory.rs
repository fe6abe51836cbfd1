//! Which verdicts are remembered? A bounded number of them, for all guards of a process, so that a token that comes
//! with every request has its signature checked once.

mod whereabouts;

use std::{
    fmt,
    hash::RandomState,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};
use warded_client::keys::Edition;
use warded_core::{
    InboundToken, Possession, Recall, Remembered, Server, TokenDigest, UnixTime, VerifiedToken,
};
use warded_store::journal::Whose;

pub(crate) use self::whereabouts::Seen;
use self::whereabouts::Whereabouts;

/// What a verdict takes in the memory beside itself: its key, its place in the tables, what is counted of it, and the
/// traces of keys that were forgotten a moment ago.
const PLACE: usize = 256;

/// Verdicts that were given, by server and token.
///
/// Only admissions are remembered. A refusal may be cured a moment later (a new key), and strangers could fill the
/// memory with refusals of tokens that they make up by the million: what that spares them is a signature check. There are two bounds, on tokens and on bytes, and a flood of good tokens, which their
/// issuer would have to sign, meets them too; what is forgotten is judged again. No text of a token is kept, only its
/// SHA-256 and what it says.
///
/// ```
/// use warded_guard::Memory;
///
/// let memory = Memory::of(Memory::TOKENS);
/// assert_eq!(memory.tokens(), 0);
/// ```
pub struct Memory {
    verdicts: Verdicts,
    seats: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    whereabouts: Whereabouts,
}

type Verdicts = Cache<Key, Arc<Known>, Weigh, RandomState, DefaultLifecycle<Key, Arc<Known>>>;

/// A token, at a guard. A guard that is built anew, of whatever configuration, has another seat, so that no verdict
/// outlives the rules that it was given by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    seat: u64,
    digest: TokenDigest,
}

/// A verdict, and the keys that it rests on.
struct Known {
    verdict: Remembered,
    edition: Option<Edition>,
    /// Whose token it is in the guard's books. Its name alone would cost as much as everything else that is done here.
    whose: Option<Arc<Whose>>,
    bytes: u64,
}

impl Known {
    /// Whether nobody will be admitted by it any more: the issuer's keys are others, or its time is over.
    fn is_over(&self, now: UnixTime) -> bool {
        self.edition.as_ref().is_some_and(|edition| !edition.is_current(now)) || self.verdict.is_over(now)
    }
}

/// One weight for both bounds: bytes, but never less than a token's share of them.
#[derive(Clone)]
struct Weigh {
    share: u64,
}

impl Weighter<Key, Arc<Known>> for Weigh {
    fn weight(&self, _: &Key, known: &Arc<Known>) -> u64 {
        known.bytes.max(self.share)
    }
}

impl Memory {
    /// How many tokens are remembered unless somebody says otherwise: 122 MiB, where all are there.
    pub const TOKENS: usize = 50_000;

    /// A token's share of the memory, in bytes. One with the claims of RFC 9068 takes less; one that takes more counts as
    /// several.
    pub const SHARE: usize = 2560;

    /// Remembers at most so many tokens, in at most [`SHARE`](Self::SHARE) bytes for each. With none, every token is
    /// judged every time.
    ///
    /// ```
    /// let memory = warded_guard::Memory::of(1_000_000);
    /// assert_eq!((memory.tokens(), memory.bytes()), (0, 0), "it takes what it holds");
    /// ```
    pub fn of(tokens: usize) -> Arc<Self> {
        let weigh = Weigh { share: to_u64(Self::SHARE) };
        let bytes = to_u64(tokens).saturating_mul(weigh.share);
        let verdicts = Verdicts::with(tokens, bytes, weigh, RandomState::new(), DefaultLifecycle::default());
        let [seats, hits, misses] = [0; 3].map(AtomicU64::new);
        Arc::new(Self { verdicts, seats, hits, misses, whereabouts: Whereabouts::default() })
    }

    /// How many tokens are remembered now.
    ///
    /// ```
    /// assert_eq!(warded_guard::Memory::of(10).tokens(), 0);
    /// ```
    pub fn tokens(&self) -> usize {
        self.verdicts.len()
    }

    /// How many tokens were admitted since they were remembered.
    ///
    /// ```
    /// assert_eq!(warded_guard::Memory::of(10).hits(), 0);
    /// ```
    pub fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }

    /// How many had to be judged.
    ///
    /// ```
    /// assert_eq!(warded_guard::Memory::of(10).misses(), 0);
    /// ```
    pub fn misses(&self) -> u64 {
        self.misses.load(Relaxed)
    }

    /// How many bytes are accounted for them: at least as many as they take.
    ///
    /// ```
    /// assert_eq!(warded_guard::Memory::of(10).bytes(), 0);
    /// ```
    pub fn bytes(&self) -> u64 {
        self.verdicts.weight()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("tokens", &self.tokens()).finish_non_exhaustive()
    }
}

/// One guard's place in a memory: what whoever judges tokens without a guard can use as well.
///
/// ```
/// use warded_guard::{Memory, Seat};
///
/// let memory = Memory::of(1_000);
/// let (here, elsewhere) = (Seat::in_memory(memory.clone()), Seat::in_memory(memory));
/// # let _ = (here, elsewhere);
/// ```
#[derive(Debug)]
pub struct Seat {
    memory: Arc<Memory>,
    number: u64,
}

impl Seat {
    /// A place of its own: what others remember is not found from here.
    ///
    /// ```
    /// use warded_guard::{Memory, Seat};
    ///
    /// let seat = Seat::in_memory(Memory::of(1_000));
    /// # let _ = seat;
    /// ```
    pub fn in_memory(memory: Arc<Memory>) -> Self {
        let number = memory.seats.fetch_add(1, Relaxed);
        Self { memory, number }
    }

    /// Admits a token whose verdict still holds; any other must be judged.
    ///
    /// ```
    /// use warded_core::{InboundToken, Possession, Recall, Server, UnixTime};
    /// use warded_guard::Seat;
    ///
    /// fn is_known(seat: &Seat, token: InboundToken, server: &Server, now: UnixTime) -> bool {
    ///     !matches!(seat.recall(token, server, &Possession::default(), now), Recall::Judge(_))
    /// }
    /// # let _ = is_known;
    /// ```
    pub fn recall(
        &self,
        token: InboundToken,
        server: &Server,
        possession: &Possession,
        now: UnixTime,
    ) -> Recall {
        self.recall_named(token, server, possession, now).0
    }

    /// The same, and whose token it is.
    pub(crate) fn recall_named(
        &self,
        token: InboundToken,
        server: &Server,
        possession: &Possession,
        now: UnixTime,
    ) -> (Recall, Option<Arc<Whose>>) {
        let found = self.look(token, server, possession, now);
        let of_these = match found.0 {
            Recall::Admit(..) => &self.memory.hits,
            Recall::Judge(_) => &self.memory.misses,
        };
        of_these.fetch_add(1, Relaxed);
        found
    }

    fn look(
        &self,
        token: InboundToken,
        server: &Server,
        possession: &Possession,
        now: UnixTime,
    ) -> (Recall, Option<Arc<Whose>>) {
        let (verdicts, key) = (&self.memory.verdicts, self.key(token.digest()));
        let Some(known) = verdicts.get(&key) else {
            return (Recall::Judge(token), None);
        };
        if known.is_over(now) {
            // A newer verdict may have come in its place by now.
            drop(verdicts.remove_if(&key, |known| known.is_over(now)));
            return (Recall::Judge(token), None);
        }
        (known.verdict.again(token, server, possession, now), known.whose.clone())
    }

    /// Remembers an admission. One that rests on an issuer's keys comes with their edition, or is not remembered.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_client::keys::Edition;
    /// use warded_core::VerifiedToken;
    /// use warded_guard::Seat;
    ///
    /// fn admitted(seat: &Seat, token: &Arc<VerifiedToken>, edition: Option<Edition>) {
    ///     seat.remember(token, edition);
    /// }
    /// # let _ = admitted;
    /// ```
    pub fn remember(&self, token: &Arc<VerifiedToken>, edition: Option<Edition>) {
        self.remember_named(token, edition, None);
    }

    /// The same, and whose token it is.
    pub(crate) fn remember_named(
        &self,
        token: &Arc<VerifiedToken>,
        edition: Option<Edition>,
        whose: Option<Arc<Whose>>,
    ) {
        let verdict = Remembered::of(token);
        if verdict.rests_on_keys() && edition.is_none() {
            return;
        }
        let books = whose.as_deref().map_or(0, taken_by);
        let bytes = to_u64(verdict.bytes().saturating_add(PLACE).saturating_add(books));
        let key = self.key(verdict.digest());
        self.memory.verdicts.insert(key, Arc::new(Known { verdict, edition, whose, bytes }));
    }

    /// A server has let this token in.
    pub(crate) fn let_in(&self, token: TokenDigest, server: &Arc<str>) {
        self.memory.whereabouts.let_in(token, server);
    }

    /// Where this token was let in before, seen from a server.
    pub(crate) fn whereabouts(&self, token: TokenDigest, here: &str) -> Seen {
        self.memory.whereabouts.of(token, here)
    }

    fn key(&self, digest: TokenDigest) -> Key {
        Key { seat: self.number, digest }
    }
}

/// What the books take in the memory: each text is rounded up.
fn taken_by(whose: &Whose) -> usize {
    let Whose { subject, client, issuer, token, waived } = whose;
    let texts = [subject.as_deref(), client.as_deref(), Some(&**issuer), Some(&**token)];
    let texts = texts.into_iter().flatten().map(|text| text.len() + 32);
    size_of::<Whose>() + 32 + texts.sum::<usize>() + waived.capacity() * size_of::<&str>()
}

fn to_u64(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

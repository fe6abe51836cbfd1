//! How does a journal begin? First its folder is looked at and held; it is written once whoever asked has heard what is there.

use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicBool},
};

use tokio::sync::watch;
use warded_core::Clock;

use super::{
    Ended, ROOM, Segments, SegmentsFailed, Shared, Terms, Trust,
    disk::{Brings, Disk},
    file::{Folder, Found, SEGMENT_BYTES},
    queue::Queue,
    verify::Flaw,
    writer::Writer,
};
use crate::journal::checkpoint::JournalKey;

/// A journal whose folder was looked at, and is held. Nothing is written yet.
pub struct Ready {
    folder: Folder,
    found: Found,
    terms: Terms,
    clock: Arc<dyn Clock>,
    room: usize,
    brings: Brings,
}

/// What a journal may take.
pub(super) struct Bounds {
    /// When a file is full.
    pub(super) segment_bytes: u64,
    /// How many records may wait.
    pub(super) room: usize,
    /// How a file is brought to the disk.
    pub(super) brings: Brings,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { segment_bytes: SEGMENT_BYTES, room: ROOM, brings: Arc::new(File::sync_data) }
    }
}

impl Ready {
    pub(super) fn look(
        folder: &Path,
        terms: Terms,
        clock: Arc<dyn Clock>,
        bounds: Bounds,
    ) -> Result<Self, SegmentsFailed> {
        let keys = terms.key.iter().map(JournalKey::public).collect();
        let trust = Trust::new(keys, terms.last.clone());
        let Bounds { segment_bytes, room, brings } = bounds;
        let (folder, found) = Folder::open(folder, &terms.node, segment_bytes, &trust)?;
        match &found.broken {
            Some(Flaw::StrangeKey { key, .. }) if terms.last.is_none() => tracing::warn!(
                key,
                "the store knows nothing of this journal, which is signed with the key of another store: records go to another \
                 file. Keep the public key of that store, and move the older files away: `warded audit verify` is about one store"
            ),
            Some(flaw) => tracing::error!(
                %flaw,
                "the journal is not what was written, `warded audit verify` says where: records go to another file"
            ),
            None => {}
        }
        Ok(Self { folder, found, terms, clock, room, brings })
    }

    /// Goes on behind what is there. A store whose last checkpoint is sealed has to know before that it is not any more.
    pub fn begin(self) -> Result<Segments, SegmentsFailed> {
        let Self { folder, found, terms, clock, room, brings } = self;
        let when_full = terms.when_full;
        // No record has a number below its call's, so no call gets one that was given before.
        let calls = terms.last.as_ref().map_or(found.end.seq, |last| last.seq.max(found.end.seq));
        let shared = Arc::new(Shared {
            queue: Queue::new(room, calls),
            tally: Mutex::default(),
            strangers: Mutex::default(),
            is_disowned: AtomicBool::default(),
        });
        let (tell, vouched) = watch::channel(None);
        let disk = Disk::start(tell, brings)?;
        let writer = Writer::new(folder, found, terms, Arc::clone(&shared), Arc::clone(&clock), disk);
        let ended = Ended(Arc::clone(&shared));
        let writer = std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let _ended = ended;
            writer.run()
        })?;
        Ok(Segments { shared, writer: Mutex::new(Some(writer)), clock, when_full, vouched })
    }
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ready")
    }
}

//! The frames as docs/formats.md has them.

use enginus_envelope::{DomainTip, blob};
use enginus_model::{DomainId, Hash, LogId, ProjectId};
use enginus_sync::{Cursor, Farewell, SnapshotOffer};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    Hello {
        project: ProjectId,
        heard: bool,
        #[serde(with = "blob::many")]
        credentials: Vec<Vec<u8>>,
        digest: Hash,
    },
    State {
        digest: Hash,
        seen: Option<Hash>,
    },
    Holds {
        tips: Vec<DomainTip>,
        end: bool,
    },
    List,
    Probe {
        domain: DomainId,
        log: LogId,
        seqs: Vec<u64>,
    },
    Hashes {
        log: LogId,
        at: Vec<(u64, Vec<Hash>)>,
    },
    Want {
        id: u32,
        domain: DomainId,
        log: LogId,
        after: Cursor,
    },
    Envelopes {
        want: Option<u32>,
        domain: DomainId,
        #[serde(with = "blob::many")]
        items: Vec<Vec<u8>>,
    },
    Piece {
        want: u32,
        domain: DomainId,
        total: u32,
        offset: u32,
        #[serde(with = "blob::one")]
        bytes: Vec<u8>,
    },
    Snapshots {
        domain: DomainId,
    },
    Offers {
        domain: DomainId,
        offers: Vec<SnapshotOffer>,
    },
    WantSnapshot {
        domain: DomainId,
        id: Hash,
        offset: u64,
    },
    SnapshotBytes {
        domain: DomainId,
        id: Hash,
        offset: u64,
        #[serde(with = "blob::one")]
        bytes: Vec<u8>,
    },
    Bye {
        why: Farewell,
    },
}

//! What can be done to a project, with everything computed that does not need the file.

use enginus_envelope::{DomainTip, Header, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Instant};
use enginus_sync::SnapshotOffer;

use super::tables::Position;
use super::{Record, RecordError, StorageError};

/// First byte of an encoded envelope in the one form whose header this version reads.
const ENVELOPE_VERSION: u8 = 1;

/// One thing to do to a project, with everything computed that does not need the file.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Open {
        genesis: Vec<u8>,
    },
    Envelope {
        tip: Tip,
        prev: Hash,
        domain: DomainId,
        bytes: Vec<u8>,
    },
    Statement {
        hash: Hash,
        bytes: Vec<u8>,
    },
    Snapshot {
        domain: DomainId,
        offer: SnapshotOffer,
    },
    Acknowledge {
        device: DeviceId,
        tips: Vec<DomainTip>,
        at: Instant,
    },
    LetGo {
        up_to: Vec<DomainTip>,
    },
    KeepObject {
        name: Hash,
        bytes: u64,
        used: Instant,
    },
    /// Notes when an object was asked for; nothing where it is gone.
    UseObject {
        name: Hash,
        used: Instant,
    },
    DropObject {
        name: Hash,
    },
    /// The project goes, with all that is kept of it.
    Forget,
    /// Writes something that says nothing, to see whether writing works.
    Probe,
    /// Everything of the project goes and it begins anew at this place; arrivals go on rising, and views of it stay.
    Renew(Position),
    /// A replica begins to follow a stream here. Makes the project's row where there is none.
    Follow(Position),
    /// A replica followed its stream from here to there; refused as [`StorageError::NoProject`] where it is elsewhere, since
    /// somebody else began anew meanwhile. Stands first.
    Advance(Position, Position),
}

impl Change {
    /// What a record does. Of an envelope only the header is read: whoever handed it in checked the rest.
    pub(crate) fn of(record: Record) -> Result<Self, StorageError> {
        Ok(match record {
            Record::Opened { genesis, .. } => Self::Open { genesis },
            Record::Envelope(bytes) => {
                let header = header(&bytes)?;
                let tip = Tip { log: header.log(), seq: header.seq, hash: header.hash() };
                Self::Envelope { tip, prev: header.prev, domain: header.domain, bytes }
            }
            Record::Statement(bytes) => Self::Statement { hash: Hash::of(&bytes), bytes },
            Record::Snapshot { domain, offer, .. } => Self::Snapshot { domain, offer },
            Record::Acknowledged { device, tips, at } => Self::Acknowledge { device, tips, at },
            Record::LetGo { up_to } => Self::LetGo { up_to },
        })
    }

    /// Roughly how many bytes it holds in memory while it waits.
    pub(crate) fn bytes(&self) -> usize {
        const SMALL: usize = 128;
        SMALL
            + match self {
                Self::Open { genesis: bytes } | Self::Envelope { bytes, .. } | Self::Statement { bytes, .. } => {
                    bytes.len()
                }
                Self::Snapshot { offer, .. } => offer.label.len() + offer.covers.len() * size_of::<Tip>(),
                Self::Acknowledge { tips, .. } | Self::LetGo { up_to: tips } => tips.len() * size_of::<DomainTip>(),
                _ => 0,
            }
    }
}

/// Whether a record can go into an index, before it is kept anywhere.
pub(crate) fn check(record: &Record) -> Result<(), StorageError> {
    match record {
        Record::Envelope(bytes) => header(bytes).map(drop),
        _ => Ok(()),
    }
}

fn header(envelope: &[u8]) -> Result<Header, StorageError> {
    if envelope.len() > enginus_envelope::MAX_ENVELOPE_BYTES {
        return Err(RecordError::TooLarge { found: envelope.len() }.into());
    }
    match envelope.split_first() {
        Some((&ENVELOPE_VERSION, rest)) => postcard::take_from_bytes::<Header>(rest)
            .map(|(header, _)| header)
            .map_err(|_| StorageError::Damaged("an envelope's header does not read".to_owned())),
        Some((&found, _)) if found > ENVELOPE_VERSION => Err(StorageError::NewerVersion { found }),
        _ => Err(StorageError::Damaged("an envelope is empty or begins with zeros".to_owned())),
    }
}

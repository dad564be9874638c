//! How a [`Record`] is written: a version byte, then postcard. One record has exactly one encoding.

use super::{Record, StorageError};

/// First byte of every encoded record.
pub const RECORD_VERSION: u8 = 1;
/// The longest encoded record: the longest envelope, and room for what stands around it.
pub const MAX_RECORD_BYTES: usize = enginus_envelope::MAX_ENVELOPE_BYTES + 1024;

/// Why bytes are no record, or a record cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Written by a version this one does not know.
    #[error("the record is in format {found}, which this version does not know; update the relay")]
    NewerVersion {
        /// The version byte that was found.
        found: u8,
    },
    /// Longer than a record may be.
    #[error("the record has {found} bytes, more than the {MAX_RECORD_BYTES} allowed; it is refused")]
    TooLarge {
        /// How many bytes it has.
        found: usize,
    },
    /// Cut short, followed by other bytes, or not in the one form that is allowed.
    #[error("the bytes are not a record: damaged, cut short, or not in the canonical form")]
    Malformed,
}

impl From<RecordError> for StorageError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NewerVersion { found } => Self::NewerVersion { found },
            RecordError::TooLarge { .. } => Self::Failed(error.to_string()),
            RecordError::Malformed => Self::Damaged(error.to_string()),
        }
    }
}

impl Record {
    /// The canonical bytes.
    ///
    /// # Errors
    /// [`RecordError::TooLarge`].
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let bytes = postcard::to_extend(self, vec![RECORD_VERSION]).map_err(|_| RecordError::Malformed)?;
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLarge { found: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads what [`Record::encode`] wrote, and only that.
    ///
    /// # Errors
    /// [`RecordError`] for anything else, before more than the given bytes are allocated.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLarge { found: bytes.len() });
        }
        let (&version, rest) = bytes.split_first().ok_or(RecordError::Malformed)?;
        match version {
            RECORD_VERSION => {}
            // There never was a version 0: zeros are what a damaged disk reads as.
            0 => return Err(RecordError::Malformed),
            found => return Err(RecordError::NewerVersion { found }),
        }
        let record: Self = postcard::from_bytes(rest).map_err(|_| RecordError::Malformed)?;
        // Catches trailing bytes and padded integers, which would give one record several encodings.
        if record.encode()? != bytes {
            return Err(RecordError::Malformed);
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use enginus_envelope::{DomainTip, Tip};
    use enginus_model::{DeviceId, DomainId, Hash, Instant, LogId};
    use enginus_sync::SnapshotOffer;
    use proptest::prelude::*;

    use super::*;

    fn every_kind() -> Vec<Record> {
        let tip = Tip { log: LogId([1; 16]), seq: 300, hash: Hash([2; 32]) };
        let domain = DomainId::from_bytes([3; 16]);
        let tips = vec![DomainTip { domain, tip }];
        let offer = SnapshotOffer { id: Hash([4; 32]), size: 5, label: vec![6; 7], covers: vec![tip] };
        vec![
            Record::Opened { genesis: vec![1, 2, 3], at: Instant(-4) },
            Record::Envelope(vec![9; 500]),
            Record::Statement(vec![]),
            Record::Snapshot { domain, offer, at: Instant(8) },
            Record::Acknowledged { device: DeviceId([7; 32]), tips: tips.clone(), at: Instant(i64::MAX) },
            Record::LetGo { up_to: tips },
        ]
    }

    #[test]
    fn every_kind_reads_back_and_nothing_near_it_does() {
        for record in every_kind() {
            let bytes = record.encode().unwrap();
            assert_eq!(bytes[0], RECORD_VERSION);
            assert_eq!(Record::decode(&bytes), Ok(record));
            for cut in 0..bytes.len() {
                assert_eq!(Record::decode(&bytes[..cut]), Err(RecordError::Malformed));
            }
            let longer = [bytes.as_slice(), &[0]].concat();
            assert_eq!(Record::decode(&longer), Err(RecordError::Malformed));
        }
    }

    #[test]
    fn a_newer_version_and_zeros_are_told_apart() {
        assert_eq!(Record::decode(&[2, 0, 0]), Err(RecordError::NewerVersion { found: 2 }));
        assert_eq!(Record::decode(&[0; 64]), Err(RecordError::Malformed));
        assert!(matches!(
            StorageError::from(RecordError::NewerVersion { found: 9 }),
            StorageError::NewerVersion { found: 9 }
        ));
    }

    #[test]
    fn what_is_too_long_is_refused_on_both_sides() {
        let found = MAX_RECORD_BYTES + 1;
        assert_eq!(Record::decode(&vec![1; found]), Err(RecordError::TooLarge { found }));
        let long = Record::Envelope(vec![0; MAX_RECORD_BYTES]);
        assert!(matches!(long.encode(), Err(RecordError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(record) = Record::decode(&bytes) {
                prop_assert_eq!(record.encode().unwrap(), bytes);
            }
        }
    }
}

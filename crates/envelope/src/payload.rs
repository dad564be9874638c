//! What an envelope's body says once it is open.

use enginus_model::Hash;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{MAX_BODY_BYTES, MAX_CHANGES, MAX_GAINED, MAX_PARTS, Tip, blob};

/// First byte of every encoded payload.
const VERSION: u8 = 1;

/// The content of one envelope: one transaction of its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// 16 random bytes, so that the commitment in the header tells nothing about content that could be guessed.
    pub salt: [u8; 16],
    /// What was written.
    pub parts: Parts,
    /// Tips the author's clock gained since their previous envelope in this log, so that withheld envelopes are noticed.
    pub gained: Vec<Tip>,
}

/// What kind of content an envelope carries. The domain decides which: statements live in `authority`, key records in `keys`, changes
/// in every other domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parts {
    /// Changes to one or more shards of the lane named in the header.
    Changes(Vec<ShardChanges>),
    /// Encoded signed statements about access.
    Statements(#[serde(with = "blob::many")] Vec<Vec<u8>>),
    /// Encoded key records of epochs.
    Keys(#[serde(with = "blob::many")] Vec<Vec<u8>>),
}

impl Parts {
    /// How many shards, statements or records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Changes(list) => list.len(),
            Self::Statements(list) | Self::Keys(list) => list.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The changes of one transaction to one shard.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShardChanges {
    /// Which generation of the domain's lane.
    pub generation: u32,
    /// The random actor id the changes are made under, bound to this log from its first envelope on.
    pub actor: [u8; 16],
    /// The author's own newest change in this shard before these, under any actor.
    pub previous: Option<Hash>,
    /// The encoded changes, oldest first.
    #[serde(with = "blob::many")]
    pub changes: Vec<Vec<u8>>,
}

/// Why bytes are no payload, or a payload cannot be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Written by a version this one does not know.
    #[error("the content is in format {found}, which this version does not know; update ENGINUS to read it")]
    NewerVersion {
        /// The version byte that was found.
        found: u8,
    },
    /// Not the form it must have.
    #[error("the content is not in the form an envelope carries; its author's device is faulty or hostile")]
    Malformed,
    /// A list or the whole is longer than the limits of this crate.
    #[error("the content has more {what} than one envelope may carry; split it over several")]
    TooMuch {
        /// Which limit was passed, in the plural.
        what: &'static str,
    },
}

impl Payload {
    /// The bytes that are committed to and sealed: a version byte, then postcard.
    ///
    /// # Errors
    /// [`PayloadError::TooMuch`] when it passes a limit.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
        self.check_limits()?;
        let bytes = postcard::to_extend(self, vec![VERSION]).map_err(|_| PayloadError::Malformed)?;
        if bytes.len() > MAX_BODY_BYTES - crate::envelope::SEALING_BYTES {
            return Err(PayloadError::TooMuch { what: "bytes" });
        }
        Ok(Zeroizing::new(bytes))
    }

    /// Reads what [`Payload::encode`] wrote; nothing may follow it.
    ///
    /// # Errors
    /// [`PayloadError`] when the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        let (&version, rest) = bytes.split_first().ok_or(PayloadError::Malformed)?;
        if version != VERSION {
            return Err(PayloadError::NewerVersion { found: version });
        }
        let (payload, rest) = postcard::take_from_bytes::<Self>(rest).map_err(|_| PayloadError::Malformed)?;
        if !rest.is_empty() {
            return Err(PayloadError::Malformed);
        }
        payload.check_limits()?;
        Ok(payload)
    }

    fn check_limits(&self) -> Result<(), PayloadError> {
        if self.parts.len() > MAX_PARTS {
            return Err(PayloadError::TooMuch { what: "parts" });
        }
        if self.gained.len() > MAX_GAINED {
            return Err(PayloadError::TooMuch { what: "gained tips" });
        }
        match &self.parts {
            Parts::Changes(shards) if shards.iter().any(|shard| shard.changes.len() > MAX_CHANGES) => {
                Err(PayloadError::TooMuch { what: "changes" })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use enginus_model::LogId;
    use proptest::prelude::*;

    use super::*;

    fn payload() -> Payload {
        Payload {
            salt: [1; 16],
            parts: Parts::Changes(vec![ShardChanges {
                generation: 3,
                actor: [2; 16],
                previous: Some(Hash([3; 32])),
                changes: vec![vec![1, 2, 3], vec![], vec![0; 300]],
            }]),
            gained: vec![Tip { log: LogId([4; 16]), seq: 500, hash: Hash([5; 32]) }],
        }
    }

    #[test]
    fn a_payload_survives_its_encoding() {
        for parts in [payload().parts, Parts::Statements(vec![vec![1], vec![2; 200]]), Parts::Keys(vec![])] {
            let payload = Payload { parts, ..payload() };
            let bytes = payload.encode().unwrap();
            assert_eq!(Payload::decode(&bytes).unwrap(), payload);
        }
    }

    #[test]
    fn trailing_bytes_cuts_and_unknown_versions_are_refused() {
        let bytes = payload().encode().unwrap();
        assert_eq!(Payload::decode(&[&bytes[..], &[0]].concat()), Err(PayloadError::Malformed));
        for end in 1..bytes.len() {
            assert_eq!(Payload::decode(&bytes[..end]), Err(PayloadError::Malformed), "cut at {end}");
        }
        assert_eq!(Payload::decode(&[]), Err(PayloadError::Malformed));
        assert_eq!(Payload::decode(&[9, 0]), Err(PayloadError::NewerVersion { found: 9 }));
    }

    #[test]
    fn limits_hold_both_ways() {
        let full = Payload { parts: Parts::Keys(vec![vec![]; MAX_PARTS]), ..payload() };
        assert!(Payload::decode(&full.encode().unwrap()).is_ok());
        let over = Payload { parts: Parts::Keys(vec![vec![]; MAX_PARTS + 1]), ..payload() };
        assert_eq!(over.encode(), Err(PayloadError::TooMuch { what: "parts" }));
        let bytes = postcard::to_extend(&over, vec![VERSION]).unwrap();
        assert_eq!(Payload::decode(&bytes), Err(PayloadError::TooMuch { what: "parts" }));
        let large = Payload { parts: Parts::Keys(vec![vec![0; MAX_BODY_BYTES]]), ..payload() };
        assert_eq!(large.encode(), Err(PayloadError::TooMuch { what: "bytes" }));
        let gained = Payload { gained: vec![payload().gained[0]; MAX_GAINED + 1], ..payload() };
        assert_eq!(gained.encode(), Err(PayloadError::TooMuch { what: "gained tips" }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut versioned = vec![VERSION];
            versioned.extend_from_slice(&bytes);
            let _ = Payload::decode(&versioned);
            let _ = Payload::decode(&bytes);
        }
    }
}

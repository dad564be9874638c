//! The frames of the protocol: a version byte, then postcard.

use enginus_envelope::{DomainTip, blob};
use enginus_model::{DomainId, Hash, LogId, ProjectId};
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_CREDENTIALS, MAX_FRAME_BYTES, MAX_OFFERS, MAX_PROBES};
use crate::{Cursor, Farewell, Reason, SnapshotOffer};

/// First byte of every frame.
pub(crate) const VERSION: u8 = 1;

/// One thing said to the other side. Every message can be lost, repeated or overtaken without harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The first thing said.
    Hello {
        project: ProjectId,
        /// Whether the other side's hello was heard.
        heard: bool,
        #[serde(with = "blob::many")]
        credentials: Vec<Vec<u8>>,
        /// Digest of the own clock over the domains both may pull.
        digest: Hash,
    },
    /// The own digest, and the other side's as last stated.
    State { digest: Hash, seen: Option<Hash> },
    /// "These are durable here." `end` closes the list of everything the other side may pull.
    Holds { tips: Vec<DomainTip>, end: bool },
    /// "Tell me everything you hold that I may pull."
    List,
    /// "Which entries do you hold at these places?"
    Probe { domain: DomainId, log: LogId, seqs: Vec<u64> },
    /// The answer to a probe.
    Hashes { log: LogId, at: Vec<(u64, Vec<Hash>)> },
    /// "Send what follows `after` in this log."
    Want { id: u32, domain: DomainId, log: LogId, after: Cursor },
    /// The answer to a want (empty: there is nothing), or a push.
    Envelopes {
        want: Option<u32>,
        domain: DomainId,
        #[serde(with = "blob::many")]
        items: Vec<Vec<u8>>,
    },
    /// A part of one envelope that is longer than a frame: the whole answer to a want.
    Piece {
        want: u32,
        domain: DomainId,
        total: u32,
        offset: u32,
        #[serde(with = "blob::one")]
        bytes: Vec<u8>,
    },
    /// "Which snapshots do you have of this domain?"
    Snapshots { domain: DomainId },
    /// The answer.
    Offers { domain: DomainId, offers: Vec<SnapshotOffer> },
    /// "Send this snapshot from `offset` on."
    WantSnapshot { domain: DomainId, id: Hash, offset: u64 },
    /// The answer (empty: it is gone).
    SnapshotBytes {
        domain: DomainId,
        id: Hash,
        offset: u64,
        #[serde(with = "blob::one")]
        bytes: Vec<u8>,
    },
    /// The last thing said.
    Bye { why: Farewell },
}

impl Message {
    /// The frame. Messages are made so that they fit.
    pub(crate) fn encode(&self) -> Vec<u8> {
        // Arrays, integers and byte strings always encode into memory.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    /// Whether it is said only because it was asked for (or pushed in its place).
    pub(crate) const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Envelopes { .. }
                | Self::Piece { .. }
                | Self::Hashes { .. }
                | Self::Offers { .. }
                | Self::SnapshotBytes { .. }
        )
    }

    /// Reads a frame from outside.
    pub(crate) fn decode(frame: &[u8]) -> Result<Self, Reason> {
        if frame.len() > MAX_FRAME_BYTES {
            return Err(Reason::Broken { rule: "a frame is too long" });
        }
        let (&version, rest) = frame.split_first().ok_or(Reason::Broken { rule: "a frame is empty" })?;
        if version != VERSION {
            return Err(Reason::Version { theirs: version });
        }
        let malformed = Reason::Broken { rule: "a frame is malformed" };
        let (message, rest) = postcard::take_from_bytes::<Self>(rest).map_err(|_| malformed)?;
        if !rest.is_empty() {
            return Err(malformed);
        }
        let within = match &message {
            Self::Hello { credentials, .. } => credentials.len() <= MAX_CREDENTIALS,
            Self::Probe { seqs, .. } => seqs.len() <= MAX_PROBES,
            Self::Hashes { at, .. } => at.len() <= MAX_PROBES,
            Self::Offers { offers, .. } => offers.len() <= MAX_OFFERS,
            _ => true,
        };
        if within { Ok(message) } else { Err(Reason::Broken { rule: "a list is too long" }) }
    }
}

#[cfg(test)]
mod tests {
    use enginus_envelope::Tip;
    use proptest::prelude::*;

    use super::*;

    fn samples() -> Vec<Message> {
        let (domain, log, hash) = (DomainId::from_bytes([1; 16]), LogId([2; 16]), Hash([3; 32]));
        let tip = Tip { log, seq: 9, hash };
        let offer = SnapshotOffer { id: hash, size: 5, label: vec![1], covers: vec![tip] };
        vec![
            Message::Hello { project: ProjectId([1; 32]), heard: true, credentials: vec![vec![1, 2]], digest: hash },
            Message::State { digest: hash, seen: Some(hash) },
            Message::Holds { tips: vec![DomainTip { domain, tip }], end: true },
            Message::List,
            Message::Probe { domain, log, seqs: vec![1, 2, 300] },
            Message::Hashes { log, at: vec![(4, vec![hash])] },
            Message::Want { id: 7, domain, log, after: Cursor::START },
            Message::Envelopes { want: None, domain, items: vec![vec![1; 300], vec![]] },
            Message::Piece { want: 1, domain, total: 10, offset: 3, bytes: vec![1, 2] },
            Message::Snapshots { domain },
            Message::Offers { domain, offers: vec![offer] },
            Message::WantSnapshot { domain, id: hash, offset: 1 << 40 },
            Message::SnapshotBytes { domain, id: hash, offset: 0, bytes: vec![9] },
            Message::Bye { why: Farewell::Broken },
        ]
    }

    #[test]
    fn every_message_survives_its_frame_and_no_cut_of_it_is_read() {
        for message in samples() {
            let frame = message.encode();
            assert_eq!(Message::decode(&frame).as_ref(), Ok(&message));
            for end in 0..frame.len() {
                assert_ne!(Message::decode(&frame[..end]).as_ref(), Ok(&message), "{message:?} cut at {end}");
            }
            assert!(Message::decode(&[&frame[..], &[0]].concat()).is_err());
            let mut newer = frame;
            newer[0] = 2;
            assert_eq!(Message::decode(&newer), Err(Reason::Version { theirs: 2 }));
        }
    }

    #[test]
    fn lists_and_frames_are_bounded() {
        let probe = Message::Probe {
            domain: DomainId::from_bytes([1; 16]),
            log: LogId([1; 16]),
            seqs: vec![1; MAX_PROBES + 1],
        };
        assert_eq!(Message::decode(&probe.encode()), Err(Reason::Broken { rule: "a list is too long" }));
        assert_eq!(
            Message::decode(&vec![VERSION; MAX_FRAME_BYTES + 1]),
            Err(Reason::Broken { rule: "a frame is too long" })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut versioned = vec![VERSION];
            versioned.extend_from_slice(&bytes);
            let _ = Message::decode(&versioned);
            let _ = Message::decode(&bytes);
        }
    }
}

//! Which shard, and who writes in it.

use enginus_model::{DocumentId, DomainId, Hash, Lane, LogId, RevisionId};
use serde::{Deserialize, Serialize};

/// An author inside one shard: 16 bytes, fresh per (process start, shard), provably of one log. See [`ShardId::actor`].
pub type Actor = [u8; 16];

/// Random bytes at the start of an [`Actor`]; the rest proves the log.
pub const ACTOR_NONCE_BYTES: usize = 6;

/// Names one shard: a lane of a domain, in one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShardId {
    /// What reading is granted on.
    pub domain: DomainId,
    /// What writing is granted on.
    pub lane: Lane,
    /// 0 for the first; the next takes new rows once this one is full.
    pub generation: u32,
}

impl ShardId {
    /// The same lane's next generation. Two devices that roll over offline arrive at the same id.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { generation: self.generation.saturating_add(1), ..self }
    }

    fn bytes(&self) -> [u8; 21] {
        let mut out = [0; 21];
        out[..16].copy_from_slice(self.domain.as_bytes());
        out[16] = self.lane as u8;
        out[17..].copy_from_slice(&self.generation.to_be_bytes());
        out
    }

    /// The actor that `log` uses in this shard from one process start to the next; `nonce` is random.
    ///
    /// The last ten bytes are a hash over shard, log and nonce. So an actor belongs to one log whatever arrives first: were the
    /// binding merely announced, a hostile envelope that announces somebody else's actor would make devices disagree
    /// depending on which of the two they saw first.
    #[must_use]
    pub fn actor(&self, log: &LogId, nonce: &[u8; ACTOR_NONCE_BYTES]) -> Actor {
        let mut hasher = blake3::Hasher::new_derive_key("enginus 1 shard actor");
        hasher.update(&self.bytes()).update(log.as_bytes()).update(nonce);
        let mut actor = [0; 16];
        actor[..ACTOR_NONCE_BYTES].copy_from_slice(nonce);
        actor[ACTOR_NONCE_BYTES..].copy_from_slice(&hasher.finalize().as_bytes()[..16 - ACTOR_NONCE_BYTES]);
        actor
    }

    /// Whether `actor` was made for `log` in this shard.
    #[must_use]
    pub fn is_actor_of(&self, log: &LogId, actor: &Actor) -> bool {
        let mut nonce = [0; ACTOR_NONCE_BYTES];
        nonce.copy_from_slice(&actor[..ACTOR_NONCE_BYTES]);
        self.actor(log, &nonce) == *actor
    }

    /// Who makes the empty root: nobody's log, the same on every device, another one in every shard, so that no change of one
    /// shard finds its past in another.
    pub(crate) fn genesis_actor(&self) -> Actor {
        let mut hasher = blake3::Hasher::new_derive_key("enginus 1 shard genesis");
        hasher.update(&self.bytes());
        let mut actor = [0; 16];
        actor.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        actor
    }
}

/// A change hash of the library as ours.
pub(crate) fn hash_of(hash: &automerge::ChangeHash) -> Hash {
    Hash(hash.0)
}

/// An identifier as a map key: 22 characters instead of 36.
pub(crate) fn key_of(bytes: &[u8; 16]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

/// The identifier a map key stands for; `None` unless it is written the one way [`key_of`] writes it.
pub(crate) fn bytes_of(key: &str) -> Option<[u8; 16]> {
    let mut out = [0; 16];
    if key.len() != 22 {
        return None;
    }
    let written = data_encoding::BASE64URL_NOPAD.decode_mut(key.as_bytes(), &mut out).ok()?;
    (written == 16).then_some(out)
}

/// A document's key in the root map.
pub(crate) fn document_key(id: &DocumentId) -> String {
    key_of(id.as_bytes())
}

/// The document a key of the root map stands for.
pub(crate) fn document_of(key: &str) -> Option<DocumentId> {
    bytes_of(key).map(DocumentId::from_bytes)
}

/// A revision's key in its document's map.
pub(crate) fn revision_key(id: &RevisionId) -> String {
    format!("r:{}", key_of(id.as_bytes()))
}

/// The revision a key of a document's map stands for.
pub(crate) fn revision_of(key: &str) -> Option<RevisionId> {
    bytes_of(key.strip_prefix("r:")?).map(RevisionId::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARD: ShardId = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };

    #[test]
    fn an_actor_belongs_to_one_log_in_one_shard() {
        let log = LogId([3; 16]);
        let actor = SHARD.actor(&log, &[9; 6]);
        assert!(SHARD.is_actor_of(&log, &actor));
        assert!(!SHARD.is_actor_of(&LogId([4; 16]), &actor));
        assert!(!SHARD.next().is_actor_of(&log, &actor));
        assert!(!ShardId { lane: Lane::Reviews, ..SHARD }.is_actor_of(&log, &actor));
        assert_ne!(actor, SHARD.actor(&log, &[8; 6]));
    }

    #[test]
    fn a_key_is_read_only_as_it_is_written() {
        let id = RevisionId::from_bytes([0xff; 16]);
        assert_eq!(revision_of(&revision_key(&id)), Some(id));
        let key = key_of(&[0; 16]);
        assert_eq!(bytes_of(&key), Some([0; 16]));
        assert_eq!(bytes_of(&format!("{}B", &key[..21])), None); // the last four bits lie beyond 16 bytes and must be 0
        assert_eq!(bytes_of("short"), None);
        assert_eq!(revision_of(&key), None);
    }
}

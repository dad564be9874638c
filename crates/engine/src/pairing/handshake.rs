//! Proof that both sides know the code's secret, and the keys that follow from it: pure functions of the secret, both nonces and
//! both device ids.

use enginus_envelope::{aead_open, aead_seal};
use enginus_model::DeviceId;
use zeroize::{Zeroize as _, Zeroizing};

use crate::ambient;

/// Bytes of a nonce and of a proof.
pub(super) const NONCE_BYTES: usize = 32;
const SEAL_NONCE_BYTES: usize = 24;

/// Why what the other side said does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeError {
    /// It was made without the secret, or in another conversation.
    #[error("the proof does not hold")]
    WrongProof,
    /// A sealed part was altered, cut, or belongs elsewhere.
    #[error("a sealed part does not open")]
    Unreadable,
}

/// Which side of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The device that shows the code.
    Old,
    /// The device that was given it.
    New,
}

impl Side {
    const fn byte(self) -> u8 {
        match self {
            Self::Old => 1,
            Self::New => 2,
        }
    }
    const fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// Who talks, as TLS proved it, and what each side made up for this conversation.
pub(super) struct Transcript {
    pub(super) old: DeviceId,
    pub(super) new: DeviceId,
    pub(super) old_nonce: [u8; NONCE_BYTES],
    pub(super) new_nonce: [u8; NONCE_BYTES],
}

/// One conversation as one side sees it.
pub(super) struct Handshake {
    side: Side,
    root: Zeroizing<[u8; 32]>,
}

impl Handshake {
    pub(super) fn new(side: Side, secret: &[u8; 32], transcript: &Transcript) -> Self {
        // Every part has a fixed length, so no two conversations read alike.
        let mut hasher = blake3::Hasher::new_keyed(secret);
        hasher.update(b"enginus 1 pairing");
        hasher.update(transcript.old.as_bytes()).update(transcript.new.as_bytes());
        hasher.update(&transcript.old_nonce).update(&transcript.new_nonce);
        let root = Zeroizing::new(*hasher.finalize().as_bytes());
        hasher.zeroize();
        Self { side, root }
    }

    /// This side's proof.
    pub(super) fn proof(&self) -> [u8; 32] {
        *self.proof_of(self.side).as_bytes()
    }

    /// Checks the other side's proof.
    pub(super) fn check(&self, proof: &[u8]) -> Result<(), HandshakeError> {
        let given: [u8; 32] = proof.try_into().map_err(|_| HandshakeError::WrongProof)?;
        // Comparing hashes of this type takes the same time wherever they differ.
        if self.proof_of(self.side.other()) == given { Ok(()) } else { Err(HandshakeError::WrongProof) }
    }

    fn proof_of(&self, side: Side) -> blake3::Hash {
        let key = Zeroizing::new(blake3::derive_key("enginus 1 pairing proof", self.root.as_slice()));
        blake3::keyed_hash(&key, &[side.byte()])
    }

    /// Seals `plaintext` for the other side; `what` says which part it is, so that none stands in for another.
    pub(super) fn seal(&self, what: &str, plaintext: &[u8]) -> Vec<u8> {
        let nonce: [u8; SEAL_NONCE_BYTES] = ambient::random();
        [nonce.as_slice(), &aead_seal(&self.key_of(self.side), &nonce, what.as_bytes(), plaintext)].concat()
    }

    /// Opens what the other side sealed.
    pub(super) fn open(&self, what: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, HandshakeError> {
        let (nonce, body) = sealed.split_first_chunk::<SEAL_NONCE_BYTES>().ok_or(HandshakeError::Unreadable)?;
        aead_open(&self.key_of(self.side.other()), nonce, what.as_bytes(), body).map_err(|_| HandshakeError::Unreadable)
    }

    fn key_of(&self, sender: Side) -> Zeroizing<[u8; 32]> {
        let context = match sender {
            Side::Old => "enginus 1 pairing seal by the old device",
            Side::New => "enginus 1 pairing seal by the new device",
        };
        Zeroizing::new(blake3::derive_key(context, self.root.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [9; 32];

    fn transcript() -> Transcript {
        Transcript {
            old: DeviceId([1; 32]),
            new: DeviceId([2; 32]),
            old_nonce: [3; NONCE_BYTES],
            new_nonce: [4; NONCE_BYTES],
        }
    }

    fn both() -> (Handshake, Handshake) {
        (Handshake::new(Side::Old, &SECRET, &transcript()), Handshake::new(Side::New, &SECRET, &transcript()))
    }

    #[test]
    fn both_sides_believe_each_other_and_nobody_else() {
        let (old, new) = both();
        assert_eq!(old.check(&new.proof()), Ok(()));
        assert_eq!(new.check(&old.proof()), Ok(()));
        assert_eq!(new.check(&new.proof()), Err(HandshakeError::WrongProof), "a proof sent back");
        assert_eq!(old.check(&new.proof()[..31]), Err(HandshakeError::WrongProof));
        let stranger = Handshake::new(Side::New, &[8; 32], &transcript());
        assert_eq!(old.check(&stranger.proof()), Err(HandshakeError::WrongProof));
    }

    /// Somebody between the two is another device for each of them, since TLS says so; a proof recorded earlier has other nonces.
    #[test]
    fn a_proof_is_good_for_one_conversation_of_two_devices() {
        let (old, new) = both();
        let changes: [fn(&mut Transcript); 4] = [
            |other| other.old.0[0] ^= 1,
            |other| other.new.0[0] ^= 1,
            |other| other.old_nonce[0] ^= 1,
            |other| other.new_nonce[0] ^= 1,
        ];
        for change in changes {
            let mut other = transcript();
            change(&mut other);
            let elsewhere = Handshake::new(Side::New, &SECRET, &other);
            assert_eq!(old.check(&elsewhere.proof()), Err(HandshakeError::WrongProof));
            assert_eq!(elsewhere.check(&old.proof()), Err(HandshakeError::WrongProof));
            assert_eq!(old.open("gift", &elsewhere.seal("gift", b"x")), Err(HandshakeError::Unreadable));
        }
        assert_eq!(old.check(&new.proof()), Ok(()));
    }

    #[test]
    fn sealed_parts_open_once_in_their_place_only() {
        let (old, new) = both();
        let sealed = old.seal("gift", b"the person's key");
        assert_eq!(new.open("gift", &sealed).unwrap().as_slice(), b"the person's key");
        assert!(new.open("person", &sealed).is_err(), "another part");
        assert!(old.open("gift", &sealed).is_err(), "sent back");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(new.open("gift", &altered).is_err() && new.open("gift", &sealed[..at]).is_err(), "byte {at}");
        }
    }
}

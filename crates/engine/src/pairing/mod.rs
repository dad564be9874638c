//! Letting a new device of the same person in.
//!
//! The old device shows a code; whoever has it within ten minutes, once, becomes a device of the person. Over a connection on which
//! TLS has proved who is at either end, in frames of which each begins with the version byte:
//!
//! ```text
//! new → old   a nonce
//! old → new   a nonce
//! new → old   proof that it knows the code's secret
//! old → new   the same proof, and, sealed, the person's public key
//! new → old   sealed: its certificate, with its own consent
//! old → new   sealed: the person's key and profile, the signed certificate, and where each project is found
//! new → old   sealed: that it has kept them
//! ```
//! Proofs and seals come from the secret, both nonces and both device ids as TLS proved them, so that nothing said to one device is
//! of use with another ([`handshake`]). The old device counts wrong proofs and burns the code at the third.

mod code;
mod gift;
mod guest;
mod handshake;
mod host;
mod talk;
#[cfg(test)]
mod tests;

use std::time::Duration;

use enginus_net::StreamError;

pub(crate) use guest::join;
pub(crate) use host::add;

use crate::api::{Failure, FailureKind};
use handshake::HandshakeError;

/// How long a code is good for.
const CODE_SECONDS: i64 = 600;
/// How long one device may take from its first word to its last, people not included.
const CONVERSATION: Duration = Duration::from_secs(30);
/// Wrong proofs after which a code is burnt.
const WRONG_MAX: u32 = 3;
/// Frames before the proof are this short.
const EARLY_FRAME_BYTES_MAX: usize = 256;

/// Why a conversation between a new device and an old one ended.
#[derive(Debug, thiserror::Error)]
enum PairError {
    /// The connection broke, or the other side ended it.
    #[error("the other device ended the conversation: {0}")]
    Lost(String),
    /// It took too long.
    #[error("the other device took too long to answer")]
    TooSlow,
    /// It does not know the secret.
    #[error("the other device does not know the code's secret")]
    WrongProof,
    /// Something else came than what was expected.
    #[error("the other device said something that does not belong here: {0}")]
    Protocol(&'static str),
    /// Another device was let in with this code before.
    #[error("the code was used already")]
    Used,
    /// This device refused by itself.
    #[error(transparent)]
    Own(#[from] Failure),
}

impl From<StreamError> for PairError {
    fn from(error: StreamError) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<HandshakeError> for PairError {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::WrongProof => Self::WrongProof,
            HandshakeError::Unreadable => Self::Protocol("a sealed part does not open"),
        }
    }
}

impl From<PairError> for Failure {
    fn from(error: PairError) -> Self {
        match error {
            PairError::Own(failure) => failure,
            PairError::WrongProof | PairError::Used => Self::new(FailureKind::NotAllowed, error.to_string())
                .hint("make a new code with `enginus device add` and take the whole of it"),
            PairError::Lost(_) | PairError::TooSlow => Self::new(FailureKind::Unreachable, error.to_string())
                .hint("see that both devices are on and can reach each other, then make a new code"),
            PairError::Protocol(_) => Self::new(FailureKind::BadInput, error.to_string())
                .hint("use the same version of ENGINUS on both devices, then make a new code"),
        }
    }
}

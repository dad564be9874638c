//! The secrets of an epoch as a reader holds them, and why a record may not give them.

use std::fmt;

use enginus_envelope::EpochSecret;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::wire::FormatError;

/// What opens the past of an epoch. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct HistoryKey(pub(crate) [u8; 32]);

impl HistoryKey {
    /// From its 32 bytes, as this device stored them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// Its 32 bytes, to be stored sealed.
    #[must_use]
    pub const fn to_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for HistoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HistoryKey(hidden)")
    }
}

/// What a reader holds of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochKeys {
    /// Opens what was sealed in the epoch.
    pub secret: EpochSecret,
    /// Opens what was before, for those entitled to it.
    pub history: Option<HistoryKey>,
}

/// Why bytes are not an epoch record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EpochRecordError {
    /// Not the bytes of one.
    #[error("this is not a readable key record: {0}")]
    Format(#[from] FormatError),
    /// It exceeds a limit or contradicts itself.
    #[error("the key record exceeds a limit or contradicts itself; it is ignored")]
    Malformed,
    /// The signature is not its issuer's.
    #[error("the key record was altered or forged and is ignored")]
    BadSignature,
}

/// Why a record does not give its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpochOpenError {
    /// No seal for this key.
    #[error("this key record has no key for you; ask a member with access to share it")]
    NotForThisKey,
    /// The seal does not open, or holds something else than this epoch's secret.
    #[error("the key in this record is damaged or was swapped; ask another member to share it")]
    Damaged,
}

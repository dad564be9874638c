//! Envelopes that are stored but do not count: yet, or ever.

use enginus_model::EpochId;
use serde::{Deserialize, Serialize};

/// Why an envelope does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub(crate) enum Held {
    /// The epoch's secret is not known here, yet or by right.
    #[error("its key is not known on this device")]
    NoKey(EpochId),
    /// It cites statements about access that are not here yet.
    #[error("it cites access decisions that have not arrived")]
    AuthorityAhead,
    /// Its author had no right to write there.
    #[error("its author has no right to write there")]
    NotAllowed,
    /// It builds on changes that are not here yet.
    #[error("it builds on changes that have not arrived")]
    ChangesAhead,
    /// It is harmful or unreadable.
    #[error("put aside: {0}")]
    Quarantined(String),
    /// Its author was removed, and it lies past what the removal let stand: a manager may accept it.
    #[error("its author was removed before it was known; it waits for review")]
    Review,
    /// Whether it lies before a removal's cutoff cannot be said until the entry at the cutoff is here.
    #[error("it may be past a removal; the entry that decides it has not arrived")]
    CutoffAhead,
    /// Another change with its author's number was here first. Which of the two counts must not depend on that: the domain is made
    /// again from all of its envelopes.
    #[error("two different changes carry one number")]
    Forked,
}

const VERSION: u8 = 1;

impl Held {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        bytes
    }

    /// An unreadable reason still holds the envelope: it is tried again.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).unwrap_or(Self::ChangesAhead),
            _ => Self::ChangesAhead,
        }
    }

    /// Whether what is known about access decides it, so that it is looked at again when that changes.
    pub(crate) const fn is_about_access(&self) -> bool {
        matches!(self, Self::AuthorityAhead | Self::NotAllowed | Self::Review | Self::CutoffAhead)
    }
}

//! A refusal a person can act on.

use serde::{Deserialize, Serialize};

/// What sort of refusal it is, for scripts and for the window's choice of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The request itself is unusable (a missing reason, an unknown code).
    Invalid,
    /// What was named does not exist.
    NotFound,
    /// What was named fits several things.
    Ambiguous,
    /// The person has no right to it.
    NotAllowed,
    /// It exists already, or was changed meanwhile.
    Conflict,
    /// A file, workbook, bundle or ticket could not be read.
    BadInput,
    /// The disk, the store or the home refused.
    Storage,
    /// Nobody could be reached.
    Unreachable,
    /// Another process holds the home.
    Busy,
    /// The keys are locked; the passphrase opens them.
    Locked,
    /// The passphrase is wrong or missing, or may not be tried yet.
    Passphrase,
    /// The person stopped it.
    Cancelled,
    /// A defect of the program.
    Internal,
}

/// Why a command was refused: what happened, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What happened and why, one sentence without a final full stop.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// What else could have been meant, where the request was ambiguous.
    pub candidates: Vec<String>,
}

impl Failure {
    /// A failure without a hint.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, candidates: Vec::new() }
    }
    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

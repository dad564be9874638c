//! A refusal as a person should meet it.

use egui::Ui;
use enginus_engine::api::{Failure, FailureKind};

use super::{Ground, Icon, callout, text};
use crate::texts::Texts;
use crate::theme::Tokens;

const KINDS: [(FailureKind, &str); 13] = [
    (FailureKind::Invalid, "failure-invalid"),
    (FailureKind::NotFound, "failure-not-found"),
    (FailureKind::Ambiguous, "failure-ambiguous"),
    (FailureKind::NotAllowed, "failure-not-allowed"),
    (FailureKind::Conflict, "failure-conflict"),
    (FailureKind::BadInput, "failure-bad-input"),
    (FailureKind::Storage, "failure-storage"),
    (FailureKind::Unreachable, "failure-unreachable"),
    (FailureKind::Busy, "failure-busy"),
    (FailureKind::Locked, "failure-locked"),
    (FailureKind::Passphrase, "failure-passphrase"),
    (FailureKind::Cancelled, "failure-cancelled"),
    (FailureKind::Internal, "failure-internal"),
];

/// The ids of the titles of every kind.
#[cfg(test)]
pub(crate) fn failure_ids() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(_, id)| *id)
}

/// What sort of refusal it is, in a few words.
#[must_use]
pub(crate) fn failure_title(texts: &Texts, kind: FailureKind) -> String {
    let id = KINDS.iter().find(|(known, _)| *known == kind).map_or("failure-internal", |(_, id)| id);
    texts.t(id).into_owned()
}

/// The whole of it: what, why, and what to do next.
pub(crate) fn failure_callout(ui: &mut Ui, tokens: &Tokens, texts: &Texts, failure: &Failure) {
    let failure = texts.failure(failure);
    callout(ui, tokens, Ground::Danger, Icon::Alert, |ui| {
        text::strong(ui, tokens, failure_title(texts, failure.kind));
        text::muted(ui, tokens, &failure.message);
        if let Some(hint) = &failure.hint {
            text::muted(ui, tokens, hint);
        }
        for candidate in &failure.candidates {
            text::faint(ui, tokens, format!("· {candidate}"));
        }
    });
}

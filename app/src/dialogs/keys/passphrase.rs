//! The passphrase that seals the keys on this device: set, changed, removed.

use egui::Context;
use enginus_engine::api::{Command, SessionCommand};

use crate::dialogs::{Submit, shell};
use crate::parts::{Ground, Icon, Kind, SecretText, callout, faint, muted, secret_field};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Set,
    Change,
    Remove,
}

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct PassphraseDialog {
    deed: Deed,
    /// Because somebody wanted to lock and could not.
    to_lock: bool,
    old: SecretText,
    new: SecretText,
    again: SecretText,
    submit: Submit,
}

impl PassphraseDialog {
    fn with(deed: Deed, to_lock: bool) -> Self {
        Self {
            deed,
            to_lock,
            old: SecretText::default(),
            new: SecretText::default(),
            again: SecretText::default(),
            submit: Submit::default(),
        }
    }

    /// Sets the first one; `to_lock` says that locking needs it.
    #[must_use]
    pub(crate) fn set(to_lock: bool) -> Self {
        Self::with(Deed::Set, to_lock)
    }

    /// Changes it.
    #[must_use]
    pub(crate) fn change() -> Self {
        Self::with(Deed::Change, false)
    }

    /// Goes without.
    #[must_use]
    pub(crate) fn remove() -> Self {
        Self::with(Deed::Remove, false)
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        let (title, button, kind) = match self.deed {
            Deed::Set => (scene.t("passphrase-set-title"), scene.t("passphrase-set-send"), Kind::Primary),
            Deed::Change => (scene.t("passphrase-change-title"), scene.t("passphrase-change-send"), Kind::Primary),
            Deed::Remove => (scene.t("passphrase-remove-title"), scene.t("passphrase-remove-send"), Kind::Danger),
        };
        shell(ctx, scene, &title, scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            if self.to_lock {
                muted(ui, scene.tokens, scene.t("passphrase-to-lock"));
            }
            let detail = match self.deed {
                Deed::Remove => scene.t("passphrase-remove-detail"),
                _ => scene.t("passphrase-detail"),
            };
            muted(ui, scene.tokens, detail);
            let mut first = None;
            if self.deed != Deed::Set {
                first = Some(secret_field(ui, scene.tokens, &scene.t("passphrase-old"), "", &mut self.old));
            }
            if self.deed != Deed::Remove {
                let note = scene.t("passphrase-note");
                let field = secret_field(ui, scene.tokens, &scene.t("passphrase-new"), &note, &mut self.new);
                first = first.or(Some(field));
                secret_field(ui, scene.tokens, &scene.t("passphrase-again"), "", &mut self.again);
                if !self.again.is_empty() && self.again.as_str() != self.new.as_str() {
                    faint(ui, scene.tokens, scene.t("passphrase-differ"));
                }
                callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
                    muted(ui, scene.tokens, scene.t("passphrase-forgotten"));
                });
            }
            if let Some(field) = first.filter(|_| ui.memory(|memory| memory.focused().is_none())) {
                field.request_focus();
            }
            if self.submit.footer(ui, scene, &button, kind, self.is_ready(), out) {
                let command = SessionCommand::SetPassphrase {
                    old: (self.deed != Deed::Set).then(|| self.old.secret()),
                    new: (self.deed != Deed::Remove).then(|| self.new.secret()),
                    memory_kib: None,
                };
                self.submit.send(Command::Session(command), Purpose::Passphrase, out);
            }
        });
    }

    fn is_ready(&self) -> bool {
        let has_old = self.deed == Deed::Set || !self.old.is_empty();
        let has_new = !self.new.is_empty() && self.new.as_str() == self.again.as_str();
        has_old && (has_new || self.deed == Deed::Remove)
    }
}

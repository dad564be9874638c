//! Why a document leaves the register, or comes back.

use egui::Context;
use enginus_engine::api::Command;
use enginus_model::DocumentId;
use enginus_query::DocumentRow;

use super::Submit;
use crate::parts::{Field, Kind, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct ReasonDialog {
    document: DocumentId,
    words: String,
    restores: bool,
    reason: String,
    submit: Submit,
}

impl ReasonDialog {
    /// Asks why it is removed.
    #[must_use]
    pub(crate) fn remove(document: &DocumentRow) -> Self {
        let words = format!("{} · {}", document.number, document.title);
        Self { document: document.id, words, restores: false, reason: String::new(), submit: Submit::default() }
    }

    /// Asks why it is restored.
    #[must_use]
    pub(crate) fn restore(document: &DocumentRow) -> Self {
        Self { restores: true, ..Self::remove(document) }
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.answer(scene).is_some() {
            out.push(Intent::Close);
        }
        let Some(project) = scene.project else { return };
        let (title, detail, button, kind) = if self.restores {
            (scene.t("restore-title"), scene.t("restore-detail"), scene.t("document-restore"), Kind::Primary)
        } else {
            (scene.t("remove-title"), scene.t("remove-detail"), scene.t("document-remove"), Kind::Danger)
        };
        super::shell(ctx, scene, &title, scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            strong(ui, scene.tokens, &self.words);
            muted(ui, scene.tokens, detail);
            let field =
                Field::new(scene.tokens, &scene.t("reason")).note(scene.t("reason-note")).show(ui, &mut self.reason);
            if self.reason.is_empty() && !self.submit.is_running() && ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            let ready = !self.reason.trim().is_empty();
            if self.submit.footer(ui, scene, &button, kind, ready, out) {
                let (selector, number, reason) =
                    (Some(project.id.to_string()), self.document.to_string(), self.reason.trim().to_owned());
                let (command, purpose) = if self.restores {
                    (Command::DocRestore { project: selector, number, reason }, Purpose::Restore)
                } else {
                    (
                        Command::DocRemove { project: selector, number, reason },
                        Purpose::Remove(project.id, self.document),
                    )
                };
                self.submit.send(command, purpose, out);
            }
        });
    }
}

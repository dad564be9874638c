//! Accepting what is held for review.

use egui::Context;
use enginus_engine::api::{AccessCommand, Command};

use crate::dialogs::{Submit, access_reason, shell};
use crate::parts::{Kind, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct AcceptDialog {
    entries: Vec<String>,
    reason: String,
    submit: Submit,
}

impl AcceptDialog {
    /// Accepts the entries with these ids.
    #[must_use]
    pub(crate) fn new(entries: Vec<String>) -> Self {
        Self { entries, reason: String::new(), submit: Submit::default() }
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        shell(ctx, scene, &scene.t("accept-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            strong(ui, scene.tokens, scene.texts.counted("accept-count", self.entries.len()));
            muted(ui, scene.tokens, scene.t("accept-detail"));
            access_reason(ui, scene, &mut self.reason);
            let ready = !self.reason.trim().is_empty();
            if self.submit.footer(ui, scene, &scene.t("accept-send"), Kind::Primary, ready, out) {
                let command = AccessCommand::Accept {
                    project: scene.project.map(|project| project.id.to_string()),
                    entries: self.entries.clone(),
                    reason: self.reason.trim().to_owned(),
                };
                self.submit.send(Command::Access(command), Purpose::Accept, out);
            }
        });
    }
}

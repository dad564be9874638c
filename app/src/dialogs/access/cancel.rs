//! Cancelling an invitation.

use egui::Context;
use enginus_engine::api::{AccessCommand, Command, InvitationEntry};

use crate::dialogs::{Submit, access_reason, shell};
use crate::parts::{Kind, muted};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct CancelInvitationDialog {
    invitation: InvitationEntry,
    reason: String,
    submit: Submit,
}

impl CancelInvitationDialog {
    /// Cancels `invitation`.
    #[must_use]
    pub(crate) fn new(invitation: &InvitationEntry) -> Self {
        Self { invitation: invitation.clone(), reason: String::new(), submit: Submit::default() }
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        let id = self.invitation.id.to_string();
        let title = scene.t("cancel-invitation-title");
        shell(ctx, scene, &title, scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            let role = scene.role_name(&self.invitation.role);
            let what = [("role", role.into()), ("by", self.invitation.by.as_str().into())];
            let what = scene.texts.with("cancel-invitation-what", &what);
            muted(ui, scene.tokens, what);
            muted(ui, scene.tokens, scene.t("cancel-invitation-detail"));
            access_reason(ui, scene, &mut self.reason);
            let ready = !self.reason.trim().is_empty();
            if self.submit.footer(ui, scene, &scene.t("cancel-invitation-send"), Kind::Danger, ready, out) {
                let command = AccessCommand::CancelInvitation {
                    project: scene.project.map(|project| project.id.to_string()),
                    invitation: id,
                    reason: self.reason.trim().to_owned(),
                };
                self.submit.send(Command::Access(command), Purpose::CancelInvitation, out);
            }
        });
    }
}

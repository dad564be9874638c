//! Removing a member: what it will do is shown first, and why is asked.

use egui::Context;
use enginus_engine::api::{AccessAnswer, AccessChange, AccessCommand, Answer, Command, MemberAccess};
use enginus_model::PersonId;

use super::preview;
use crate::dialogs::{Submit, access_reason, scrolling, shell};
use crate::parts::{Kind, muted, spinner_line};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct RevokeDialog {
    person: PersonId,
    name: String,
    reason: String,
    asked: bool,
    look: Submit,
    change: Option<AccessChange>,
    submit: Submit,
}

impl RevokeDialog {
    /// Removes `member`.
    #[must_use]
    pub(crate) fn new(member: &MemberAccess) -> Self {
        Self {
            person: member.person,
            name: super::member_name(member),
            reason: String::new(),
            asked: false,
            look: Submit::default(),
            change: None,
            submit: Submit::default(),
        }
    }

    fn command(&self, scene: &Scene<'_>, preview: bool) -> Command {
        Command::Access(AccessCommand::Revoke {
            project: scene.project.map(|project| project.id.to_string()),
            who: self.person.to_string(),
            reason: self.reason.trim().to_owned(),
            preview,
        })
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if !self.asked {
            self.asked = true;
            self.look.send(self.command(scene, true), Purpose::Look, out);
        }
        if let Some(Answer::Access(AccessAnswer::Changed(change))) = self.look.answer(scene) {
            self.change = Some(change);
        }
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        let name = || [("name", self.name.as_str().into())];
        let title = scene.texts.with("revoke-title", &name());
        let button = scene.texts.with("revoke-send", &name());
        shell(ctx, scene, &title, scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            scrolling(ui, |ui| {
                muted(ui, scene.tokens, scene.t("revoke-detail"));
                match &self.change {
                    Some(change) => preview::show(ui, scene, change, true),
                    None if self.look.is_running() => spinner_line(ui, scene.tokens, &scene.t("preview-working")),
                    None => self.look.failure_and_wheel(ui, scene),
                }
                access_reason(ui, scene, &mut self.reason);
            });
            let ready = self.change.is_some() && !self.reason.trim().is_empty();
            if self.submit.footer(ui, scene, &button, Kind::Danger, ready, out) {
                self.submit.send(self.command(scene, false), Purpose::Revoke, out);
            }
        });
    }
}

//! Giving a member another role: chosen, looked at, confirmed.

use egui::{Context, Ui};
use enginus_engine::api::{AccessAnswer, AccessChange, AccessCommand, Answer, Command, MemberAccess, ProjectSnapshot};
use enginus_model::PersonId;

use super::preview;
use crate::dialogs::scope::Scope;
use crate::dialogs::{Submit, access_reason, scrolling, shell};
use crate::parts::{Icon, Kind, Push, muted};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct RoleDialog {
    person: PersonId,
    name: String,
    scope: Scope,
    reason: String,
    look: Submit,
    /// What it will do, once that was looked at.
    change: Option<AccessChange>,
    submit: Submit,
}

impl RoleDialog {
    /// Begins with the role `member` has.
    #[must_use]
    pub(crate) fn new(member: &MemberAccess) -> Self {
        Self {
            person: member.person,
            name: super::member_name(member),
            scope: Scope::new(member.roles.first().map_or("", String::as_str)),
            reason: String::new(),
            look: Submit::default(),
            change: None,
            submit: Submit::default(),
        }
    }

    fn command(&self, scene: &Scene<'_>, preview: bool) -> Command {
        Command::Access(AccessCommand::Role {
            project: scene.project.map(|project| project.id.to_string()),
            who: self.person.to_string(),
            role: self.scope.role.clone(),
            folders: scene.project.map(|project| self.scope.slugs(project)).unwrap_or_default(),
            expires_seconds: self.scope.seconds(),
            reason: self.reason.trim().to_owned(),
            preview,
        })
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        let looked = self.look.answer(scene);
        if let Some(Answer::Access(AccessAnswer::Changed(change))) = looked {
            self.change = Some(change);
        }
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        let Some(project) = scene.project else { return };
        let title = scene.texts.with("role-title", &[("name", self.name.as_str().into())]);
        let width = scene.tokens.sizes.size.dialog;
        shell(ctx, scene, &title, width, false, out, |ui, out| match self.change.clone() {
            None => self.choose(ui, scene, project, out),
            Some(change) => self.confirm(ui, scene, project, &change, out),
        });
    }

    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        scrolling(ui, |ui| {
            muted(ui, scene.tokens, scene.t("role-detail"));
            // What is looked at is what was chosen when it was asked for.
            ui.add_enabled_ui(!self.look.is_running(), |ui| {
                self.scope.role_and_folders(ui, scene, project);
                self.scope.duration(ui, scene);
            });
        });
        let has_role = !self.scope.role.is_empty();
        if self.look.footer(ui, scene, &scene.t("role-look"), Kind::Primary, has_role, out) {
            self.look.send(self.command(scene, true), Purpose::Look, out);
        }
    }

    fn confirm(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        project: &ProjectSnapshot,
        change: &AccessChange,
        out: &mut Outbox,
    ) {
        scrolling(ui, |ui| {
            self.scope.summary(ui, scene, project);
            let again = Push::new(scene.tokens, scene.t("role-again"))
                .icon(Icon::ChevronLeft)
                .enabled(!self.submit.is_running());
            if ui.add(again).clicked() {
                self.change = None;
            }
            preview::show(ui, scene, change, false);
            access_reason(ui, scene, &mut self.reason);
        });
        let ready = !self.reason.trim().is_empty();
        if self.submit.footer(ui, scene, &scene.t("role-send"), Kind::Primary, ready, out) {
            self.submit.send(self.command(scene, false), Purpose::ChangeRole, out);
        }
    }
}

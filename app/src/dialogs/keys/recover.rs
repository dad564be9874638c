//! Bringing the person's projects to this device, from a bucket or from another member's device.

use egui::{Context, Ui};
use enginus_engine::api::{Answer, Command, JoinState, SessionAnswer, SessionCommand};

use crate::dialogs::{Submit, buttons, shell};
use crate::parts::{Field, Ground, Icon, Kind, Push, callout, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// How long others are asked, in milliseconds.
const WAIT_MS: u64 = 30_000;

/// What is being filled in, and what was found.
#[derive(Debug, Default)]
pub(crate) struct RecoverDialog {
    from: String,
    submit: Submit,
    found: Option<Vec<JoinState>>,
}

impl RecoverDialog {
    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if let Some(Answer::Session(SessionAnswer::ProjectsRecovered(found))) = self.submit.answer(scene) {
            self.found = Some(found);
        }
        shell(ctx, scene, &scene.t("recover-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| match &self
            .found
        {
            Some(found) => results(ui, scene, found, out),
            None => self.form(ui, scene, out),
        });
    }

    fn form(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        muted(ui, scene.tokens, scene.t("recover-detail"));
        Field::new(scene.tokens, &scene.t("recover-from"))
            .hint("s3://bucket/prefix, enginus1…")
            .note(scene.t("recover-from-note"))
            .lines(3)
            .show(ui, &mut self.from);
        // Mail programs break long tickets; an address stands on one line.
        let from: String = match self.from.contains("://") {
            true => self.from.trim().to_owned(),
            false => self.from.split_whitespace().collect(),
        };
        if self.submit.footer(ui, scene, &scene.t("recover-send"), Kind::Primary, !from.is_empty(), out) {
            let command = Command::Session(SessionCommand::ProjectRecover { from, wait_ms: WAIT_MS });
            self.submit.send(command, Purpose::RecoverProjects, out);
        }
    }
}

fn results(ui: &mut Ui, scene: &Scene<'_>, found: &[JoinState], out: &mut Outbox) {
    if found.is_empty() {
        callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| muted(ui, scene.tokens, scene.t("recover-nothing")));
    }
    for state in found {
        match state {
            JoinState::Joined { name, .. } => callout(ui, scene.tokens, Ground::Ok, Icon::Check, |ui| {
                strong(ui, scene.tokens, name);
                muted(ui, scene.tokens, scene.t("recover-here"))
            }),
            JoinState::Pending { name, why, .. } => callout(ui, scene.tokens, Ground::Plain, Icon::Sync, |ui| {
                strong(ui, scene.tokens, name);
                muted(ui, scene.tokens, scene.texts.phrase(why))
            }),
        };
    }
    buttons(ui, scene, |ui| {
        if ui.add(Push::new(scene.tokens, scene.t("add-done")).kind(Kind::Primary)).clicked() {
            if let Some(JoinState::Joined { id, .. } | JoinState::Pending { id, .. }) = found.first() {
                out.push(Intent::ChooseProject(*id));
            }
            out.push(Intent::Close);
        }
    });
}

//! Somebody's ticket.

use egui::Context;
use enginus_engine::api::{Answer, Command, JoinState};

use super::Submit;
use crate::parts::{Field, Kind, muted};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// How long a join tries before it goes on in the background, in milliseconds.
const WAIT_MS: u64 = 10_000;

/// What is being filled in.
#[derive(Debug, Default)]
pub(crate) struct JoinDialog {
    ticket: String,
    submit: Submit,
}

impl JoinDialog {
    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if let Some(Answer::Joined(JoinState::Joined { id, .. } | JoinState::Pending { id, .. })) =
            self.submit.answer(scene)
        {
            out.push(Intent::ChooseProject(id));
            out.push(Intent::Close);
        }
        super::shell(ctx, scene, &scene.t("join-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            muted(ui, scene.tokens, scene.t("join-detail"));
            Field::new(scene.tokens, &scene.t("join-ticket")).hint("enginus1…").lines(6).show(ui, &mut self.ticket);
            // Mail programs break long lines; a ticket has no white space of its own.
            let ticket: String = self.ticket.split_whitespace().collect();
            if self.submit.footer(ui, scene, &scene.t("join-send"), Kind::Primary, !ticket.is_empty(), out) {
                self.submit.send(Command::Join { ticket, wait_ms: WAIT_MS }, Purpose::Join, out);
            }
        });
    }
}

//! A relay that a project meets on from now on, or no longer.

use egui::Context;
use enginus_engine::api::{Command, RelayState};

use super::Submit;
use crate::parts::{Field, Kind, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct RelayDialog {
    address: String,
    /// The relay that is left, by host and port.
    leaves: Option<String>,
    submit: Submit,
}

impl RelayDialog {
    /// Asks for an address.
    #[must_use]
    pub(crate) fn add() -> Self {
        Self { address: String::new(), leaves: None, submit: Submit::default() }
    }

    /// Asks whether the relay is to be used no longer.
    #[must_use]
    pub(crate) fn remove(relay: &RelayState) -> Self {
        let leaves = Some(relay.host.clone());
        Self { address: relay.address.clone(), leaves, submit: Submit::default() }
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        let (title, button, kind) = match &self.leaves {
            None => (scene.t("relay-add-title"), scene.t("relay-add-send"), Kind::Primary),
            Some(_) => (scene.t("relay-leave-title"), scene.t("relay-leave-send"), Kind::Danger),
        };
        super::shell(ctx, scene, &title, scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            if let Some(host) = &self.leaves {
                strong(ui, scene.tokens, host);
                muted(ui, scene.tokens, scene.t("relay-leave-detail"));
            } else {
                muted(ui, scene.tokens, scene.t("relay-add-detail"));
                let field = Field::new(scene.tokens, &scene.t("relay-address"))
                    .hint("relay://…@relay.example:4430")
                    .note(scene.t("relay-address-note"))
                    .show(ui, &mut self.address);
                let free = ui.memory(|memory| memory.focused().is_none());
                if self.address.is_empty() && !self.submit.is_running() && free {
                    field.request_focus();
                }
            }
            let address = self.address.trim();
            if self.submit.footer(ui, scene, &button, kind, !address.is_empty(), out) {
                let command = Command::ProjectRelay {
                    project: scene.project.map(|project| project.id.to_string()),
                    address: address.to_owned(),
                    used: self.leaves.is_none(),
                };
                self.submit.send(command, Purpose::Relay, out);
            }
        });
    }
}

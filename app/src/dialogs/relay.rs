//! A relay that a project meets on from now on, or no longer.

use egui::Context;
use enginus_engine::api::{Command, ProjectSnapshot, RelayState};

use super::Submit;
use crate::parts::{Field, Kind, faint, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct RelayDialog {
    address: String,
    /// The relay that is left, by host and port.
    leaves: Option<String>,
    /// Whether it is to delete what it keeps.
    erases: bool,
    submit: Submit,
}

impl RelayDialog {
    /// Asks for an address.
    #[must_use]
    pub(crate) fn add() -> Self {
        Self { address: String::new(), leaves: None, erases: false, submit: Submit::default() }
    }

    /// Asks whether the relay is to be used no longer.
    #[must_use]
    pub(crate) fn remove(relay: &RelayState) -> Self {
        let leaves = Some(relay.host.clone());
        Self { address: relay.address.clone(), leaves, erases: false, submit: Submit::default() }
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
                if is_owner(scene) {
                    ui.checkbox(&mut self.erases, scene.t("relay-erase"));
                    faint(ui, scene.tokens, scene.t("relay-erase-note"));
                }
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
                let (project, address) = (scene.project.map(|project| project.id.to_string()), address.to_owned());
                let command = if self.erases {
                    Command::RelayErase { project, address }
                } else {
                    Command::ProjectRelay { project, address, used: self.leaves.is_none() }
                };
                self.submit.send(command, Purpose::Relay, out);
            }
        });
    }
}

/// Whether this person made the project: a relay deletes what it keeps at their word alone.
fn is_owner(scene: &Scene<'_>) -> bool {
    let owns = |project: &ProjectSnapshot| {
        project.members.iter().any(|member| member.is_me && member.roles.iter().any(|role| role == "owner"))
    };
    scene.project.is_some_and(owns)
}

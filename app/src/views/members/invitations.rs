//! Invitations that can still bring somebody in.

use egui::{Align, Layout, Ui};
use enginus_engine::api::{InvitationEntry, ProjectSnapshot};

use crate::action::Action;
use crate::dialogs::CancelInvitationDialog;
use crate::parts::{Ground, Icon, Kind, Push, badge, card, empty, faint, muted};
use crate::scene::{Intent, Outbox, Scene};

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
    if project.access.invitations.is_empty() {
        let (title, detail) = (scene.t("invitations-empty"), scene.t("invitations-empty-detail"));
        empty(ui, scene.tokens, Icon::Members, &title, &detail, |_| ());
        return;
    }
    for invitation in &project.access.invitations {
        card(ui, scene.tokens, |ui| one(ui, scene, invitation, out));
    }
    faint(ui, scene.tokens, scene.t("invitations-note"));
}

fn one(ui: &mut Ui, scene: &Scene<'_>, invitation: &InvitationEntry, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    let short = invitation.id.short();
    let size = egui::vec2(ui.available_width(), s.size.control);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        if scene.can(Action::Invite) {
            let named = scene.texts.with("invitations-cancel-named", &[("id", short.as_str().into())]);
            let cancel = Push::new(scene.tokens, scene.t("invitations-cancel")).kind(Kind::Quiet).icon(Icon::Trash);
            if ui.add(cancel.name(named)).clicked() {
                out.open(CancelInvitationDialog::new(invitation));
            }
        }
        let named = scene.texts.with("invitations-copy", &[("id", short.as_str().into())]);
        let copy = Push::new(scene.tokens, short.as_str()).kind(Kind::Quiet).icon(Icon::Copy).name(named.as_str());
        if ui.add(copy).on_hover_text(named).clicked() {
            out.push(Intent::Copy(invitation.id.to_string()));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            badge(ui, scene.tokens, Ground::Accent, scene.role_name(&invitation.role));
            let left = scene.texts.counted("invitations-left", invitation.uses_left as usize);
            badge(ui, scene.tokens, Ground::Plain, &left);
            match invitation.expires {
                Some(at) if invitation.expired => {
                    let when = [("when", scene.texts.date_time(at).into())];
                    badge(ui, scene.tokens, Ground::Warn, &scene.texts.with("invitations-expired", &when));
                }
                Some(at) => {
                    let when = [("when", scene.texts.date_time(at).into())];
                    badge(ui, scene.tokens, Ground::Plain, &scene.texts.with("invite-until", &when));
                }
                None => {
                    badge(ui, scene.tokens, Ground::Plain, &scene.t("invite-forever"));
                }
            }
        });
    });
    let folders = match invitation.folders.is_empty() {
        true => scene.t("invite-all-folders").into_owned(),
        false => scene.folder_names(&invitation.folders),
    };
    muted(ui, scene.tokens, folders);
    let by = [("name", invitation.by.as_str().into()), ("when", scene.texts.date_time(invitation.at).into())];
    let mut known = scene.texts.with("by-whom", &by);
    if !invitation.joined.is_empty() {
        let names = invitation.joined.join(", ");
        known = format!("{known} · {}", scene.texts.with("invitations-joined", &[("names", names.into())]));
    }
    faint(ui, scene.tokens, known);
}

//! A text that is handed over: as a picture for a camera, and as letters to copy. Tickets, device codes and contact cards.

use egui::{ScrollArea, TextEdit, Ui};
use enginus_engine::api::InvitationInfo;

use crate::parts::{Ground, Icon, Kind, Push, QrPicture, badge, callout, faint, muted, strong};
use crate::scene::{Intent, Outbox, Scene};

/// The most a picture's side may be, in points.
pub(super) const PICTURE_SIDE: f32 = 330.0;
/// What a dialog needs besides the picture, in points.
const AROUND_PICTURE: f32 = 430.0;
/// Below this a camera has trouble, in points.
const PICTURE_SIDE_MIN: f32 = 190.0;

/// A ticket that was made.
pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, invitation: &InvitationInfo, picture: &QrPicture, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        badge(ui, scene.tokens, Ground::Accent, scene.role_name(&invitation.role));
        let until = invitation.expires.map_or_else(
            || scene.t("invite-forever").into_owned(),
            |at| scene.texts.with("invite-until", &[("when", scene.texts.date_time(at).into())]),
        );
        badge(ui, scene.tokens, Ground::Plain, &until);
        for folder in &invitation.folders {
            badge(ui, scene.tokens, Ground::Plain, scene.folder_name(folder));
        }
    });
    callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| muted(ui, scene.tokens, scene.t("invite-secret")));
    picture.show(ui, scene.tokens, scene.texts, side(ui), &scene.t("invite-picture"));
    letters(ui, scene, &scene.t("invite-text"), &invitation.ticket);
    where_it_is(ui, scene, invitation);
    super::buttons(ui, scene, |ui| {
        if ui.add(Push::new(scene.tokens, scene.t("invite-copy")).icon(Icon::Copy).kind(Kind::Primary)).clicked() {
            out.push(Intent::Copy(invitation.ticket.clone()));
        }
        if ui.add(Push::new(scene.tokens, scene.t("dialog-close"))).clicked() {
            out.push(Intent::Close);
        }
    });
}

/// Whether it can be redeemed while this device is off.
fn where_it_is(ui: &mut Ui, scene: &Scene<'_>, invitation: &InvitationInfo) {
    let missed: Vec<&str> =
        invitation.not_in_buckets.iter().chain(&invitation.not_on_relays).map(String::as_str).collect();
    if !missed.is_empty() {
        faint(ui, scene.tokens, scene.texts.with("invite-not-there", &[("places", missed.join(", ").into())]));
    }
    let words = match (invitation.in_buckets.is_empty(), invitation.on_relays.is_empty()) {
        (true, true) if missed.is_empty() => scene.t("invite-no-bucket"),
        (true, true) => return,
        (false, _) => scene.t("invite-in-buckets"),
        (true, false) => scene.t("invite-on-relays"),
    };
    faint(ui, scene.tokens, words);
}

/// How large a picture may be in this window.
pub(super) fn side(ui: &Ui) -> f32 {
    (ui.ctx().content_rect().height() - AROUND_PICTURE).clamp(PICTURE_SIDE_MIN, PICTURE_SIDE)
}

/// The letters of a text called `name`, to choose and copy.
pub(super) fn letters(ui: &mut Ui, scene: &Scene<'_>, name: &str, text: &str) {
    let name = strong(ui, scene.tokens, name);
    ScrollArea::vertical().max_height(scene.tokens.sizes.size.dialog * 0.26).show(ui, |ui| {
        // An immutable text can be chosen and copied, and not changed.
        let mut text = text;
        let edit = TextEdit::multiline(&mut text)
            .font(egui::TextStyle::Monospace)
            .desired_width(f32::INFINITY)
            .desired_rows(3);
        ui.add(edit).labelled_by(name.id);
    });
}

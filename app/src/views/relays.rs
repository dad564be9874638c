//! The project's relays: whether each is reached, what it has confirmed, and since when it has not.

use egui::{Align, Layout, Ui, vec2};
use enginus_engine::api::{ProjectSnapshot, RelayState};

use crate::dialogs::RelayDialog;
use crate::parts::{Ground, Icon, Kind, Push, badge, card, faint, icon_button, label, muted, strong};
use crate::scene::{Outbox, Scene};

/// Shows them.
pub(super) fn relays(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
    label(ui, scene.tokens, scene.t("sync-relays"));
    if project.sync.relays.is_empty() {
        muted(ui, scene.tokens, scene.t("sync-no-relays"));
    }
    // Whoever invites may say where the project meets.
    let manages = scene.active().is_some_and(|project| project.may_invite);
    for relay in &project.sync.relays {
        card(ui, scene.tokens, |ui| one(ui, scene, relay, manages, out));
    }
    if manages && ui.add(Push::new(scene.tokens, scene.t("relay-add")).icon(Icon::Add).kind(Kind::Plain)).clicked() {
        out.open(RelayDialog::add());
    }
}

fn one(ui: &mut Ui, scene: &Scene<'_>, relay: &RelayState, manages: bool, out: &mut Outbox) {
    let row = vec2(ui.available_width(), scene.tokens.sizes.size.control);
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        strong(ui, scene.tokens, &relay.host);
        let (ground, words) = match (relay.connected, relay.in_sync, &relay.problem) {
            (_, _, Some(_)) => (Ground::Danger, scene.t("sync-problem")),
            (true, true, None) => (Ground::Ok, scene.t("sync-in-sync")),
            (true, false, None) => (Ground::Accent, scene.t("sync-exchanging")),
            (false, _, None) => (Ground::Plain, scene.t("sync-not-connected")),
        };
        badge(ui, scene.tokens, ground, &words);
        if manages {
            let words = scene.texts.with("relay-leave", &[("name", relay.host.as_str().into())]);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, scene.tokens, Icon::Close, &words).clicked() {
                    out.open(RelayDialog::remove(relay));
                }
            });
        }
    });
    if let Some(problem) = &relay.problem {
        muted(ui, scene.tokens, scene.texts.phrase(problem));
    }
    let last = match (relay.in_sync, relay.last_in_sync) {
        (true, Some(at)) => scene.texts.with("sync-last", &[("when", scene.texts.date_time(at).into())]),
        (false, Some(at)) => scene.texts.with("relay-unconfirmed-since", &[("when", scene.texts.date_time(at).into())]),
        (_, None) => scene.t("relay-never").into_owned(),
    };
    faint(ui, scene.tokens, format!("{last} · {}", relay.device.short()));
}

//! What a change of access will do, in plain sentences.

use egui::{Sense, Ui, vec2};
use enginus_engine::api::AccessChange;

use crate::parts::{Icon, label, muted};
use crate::scene::Scene;

/// Shows it. `removal` tells a removal from a change of role.
pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, change: &AccessChange, removal: bool) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    label(ui, scene.tokens, scene.t("preview-title"));
    egui::Frame::new().fill(c.sunken).corner_radius(s.radius.medium).inner_margin(s.space.medium).show(ui, |ui| {
        ui.take_available_width();
        ui.spacing_mut().item_spacing.y = s.space.small;
        for (icon, words) in sentences(scene, change, removal) {
            ui.horizontal_top(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), Sense::hover());
                icon.paint(ui.painter(), rect, c.text_faint);
                muted(ui, scene.tokens, words);
            });
        }
    });
}

fn sentences(scene: &Scene<'_>, change: &AccessChange, removal: bool) -> Vec<(Icon, String)> {
    let texts = scene.texts;
    let mut said = Vec::new();
    if !change.loses_reading.is_empty() {
        let folders = scene.folder_names(&change.loses_reading);
        said.push((Icon::Eye, texts.with("preview-reading", &[("folders", folders.into())])));
    }
    if !change.loses_writing.is_empty() {
        let folders = scene.folder_names(&change.loses_writing);
        said.push((Icon::Edit, texts.with("preview-writing", &[("folders", folders.into())])));
    }
    if !change.gains.is_empty() {
        said.push((Icon::Add, texts.with("preview-gains", &[("folders", scene.folder_names(&change.gains).into())])));
    }
    if said.is_empty() {
        said.push((Icon::Check, scene.t("preview-same").into_owned()));
    }
    if change.entries_kept > 0 {
        said.push((Icon::Check, texts.counted("preview-kept", change.entries_kept as usize)));
    }
    if change.entries_held > 0 {
        said.push((Icon::Stamp, texts.counted("preview-held", change.entries_held as usize)));
    }
    if removal || !change.loses_writing.is_empty() {
        let seen = change.last_seen.map_or_else(
            || scene.t("preview-never-seen").into_owned(),
            |at| texts.with("preview-last-seen", &[("when", texts.date_time(at).into())]),
        );
        said.push((Icon::History, seen));
    }
    if !change.brought_in.is_empty() {
        let names = change.brought_in.join(", ");
        said.push((Icon::Members, texts.with("preview-brought-in", &[("names", names.into())])));
    }
    if change.keys_renewed > 0 {
        said.push((Icon::Key, texts.counted("preview-keys", change.keys_renewed as usize)));
    }
    if removal && !change.devices.is_empty() {
        let names = change.devices.join(", ");
        said.push((Icon::Device, texts.with("preview-devices", &[("names", names.into())])));
    }
    said
}

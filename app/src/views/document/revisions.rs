//! Every revision, the newest first: who, when, why, and where its files are.

use egui::{Align, Layout, Sense, Ui, vec2};
use enginus_model::FileRef;
use enginus_query::{RevisionRow, ViewRow};

use super::{by_whom, status_words};
use crate::desk::{PickFor, Target};
use crate::parts::{Ground, Icon, badge, card, faint, icon_button, label, muted, truncated};
use crate::scene::{Intent, Outbox, Scene};
use crate::views::register::file_state;

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow, out: &mut Outbox) {
    label(ui, scene.tokens, scene.texts.counted("revisions", document.revisions.len()));
    if document.revisions.is_empty() {
        card(ui, scene.tokens, |ui| {
            muted(ui, scene.tokens, scene.t("document-planned-detail"));
            faint(ui, scene.tokens, by_whom(scene, &document.by, document.at));
        });
    }
    for revision in document.revisions.iter().rev() {
        card(ui, scene.tokens, |ui| one(ui, scene, document, revision, out));
    }
}

fn one(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow, revision: &RevisionRow, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    ui.spacing_mut().item_spacing.y = s.space.tight;
    ui.horizontal(|ui| {
        let current = document.current().is_some_and(|current| current.id == revision.id);
        let ground = match () {
            () if revision.in_conflict => Ground::Warn,
            () if current => Ground::Accent,
            () => Ground::Plain,
        };
        badge(ui, scene.tokens, ground, &revision.code);
        if !revision.status.is_empty() {
            truncated(ui, status_words(scene, &revision.status), s.text.small, scene.tokens.colours.text_muted);
        }
    });
    ui.add(egui::Label::new(&*revision.reason).wrap());
    faint(ui, scene.tokens, by_whom(scene, &revision.by, revision.at));
    for file in &revision.files {
        file_line(ui, scene, document, revision, file, out);
    }
}

fn file_line(
    ui: &mut Ui,
    scene: &Scene<'_>,
    document: &ViewRow,
    revision: &RevisionRow,
    file: &FileRef,
    out: &mut Outbox,
) {
    let s = &scene.tokens.sizes;
    let (icon, ink, state) = file_state(scene, Some(file));
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), s.size.control),
        Layout::right_to_left(Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = s.space.tight;
            let revision_id = Some(revision.id.to_string());
            if icon_button(
                ui,
                scene.tokens,
                Icon::Save,
                &scene.texts.with("file-save", &[("name", file.name.as_str().into())]),
            )
            .clicked()
            {
                let target = Target::Document(document.id.to_string(), revision_id.clone());
                out.push(Intent::Pick(PickFor::Place(file.name.clone(), target)));
            }
            if icon_button(
                ui,
                scene.tokens,
                Icon::Open,
                &scene.texts.with("file-open", &[("name", file.name.as_str().into())]),
            )
            .clicked()
            {
                out.push(Intent::View(document.id.to_string(), revision_id));
            }
            if icon_button(ui, scene.tokens, Icon::Copy, &scene.t("file-copy-digest")).clicked() {
                out.push(Intent::Copy(file.sha256.to_string()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (rect, response) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), Sense::hover());
                icon.paint(ui.painter(), rect.shrink(1.0), ink);
                response.on_hover_text(state);
                let size = scene.texts.bytes(file.size);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    truncated(ui, size, s.text.small, scene.tokens.colours.text_faint);
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        truncated(ui, &file.name, s.text.small, scene.tokens.colours.text_muted);
                    });
                });
            });
        },
    );
}

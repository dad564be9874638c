//! Right: one document, with everything that is known of it.

mod conflicts;
mod revisions;

use egui::{Align, Layout, ScrollArea, Ui};
use enginus_query::{Column, ViewRow};

use crate::action::Action;
use crate::dialogs::ReasonDialog;
use crate::parts::{Ground, Icon, Kind, Push, badge, callout, divider, facts, faint, icon_button, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::views::register::column_text_id;

/// What the panel remembers.
#[derive(Debug, Default)]
pub(crate) struct DocumentPanel;

impl DocumentPanel {
    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(document) = scene.document() else { return };
        let s = &scene.tokens.sizes;
        ui.add_space(s.space.medium);
        head(ui, scene, document, out);
        ui.add_space(s.space.small);
        deeds(ui, scene, document, out);
        ui.add_space(s.space.small);
        divider(ui, scene.tokens);
        ScrollArea::vertical().id_salt(document.id).auto_shrink([false, false]).show(ui, |ui| {
            ui.add_space(s.space.medium);
            if let Some(removal) = &document.removed {
                callout(ui, scene.tokens, Ground::Danger, Icon::Trash, |ui| {
                    strong(ui, scene.tokens, scene.t("document-removed"));
                    muted(ui, scene.tokens, &removal.reason);
                    faint(ui, scene.tokens, by_whom(scene, &removal.by, removal.at));
                });
            }
            conflicts::show(ui, scene, document, out);
            if document.removed.is_some() || document.needs_attention() {
                ui.add_space(s.space.small);
            }
            fields(ui, scene, document);
            ui.add_space(s.space.large);
            revisions::show(ui, scene, document, out);
            ui.add_space(s.space.wide);
        });
    }
}

fn head(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow, out: &mut Outbox) {
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        if icon_button(ui, scene.tokens, Icon::Close, &scene.t("document-close")).clicked() {
            out.push(Intent::Choose(None));
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = scene.tokens.sizes.space.tight;
            strong(ui, scene.tokens, &document.number);
            muted(ui, scene.tokens, &document.title);
            ui.horizontal(|ui| {
                match document.current() {
                    None => badge(ui, scene.tokens, Ground::Plain, &scene.t("planned")),
                    Some(revision) => {
                        let ground = if revision.in_conflict { Ground::Warn } else { Ground::Accent };
                        let response = badge(ui, scene.tokens, ground, &revision.code);
                        if !revision.status.is_empty() {
                            badge(ui, scene.tokens, Ground::Plain, &status_words(scene, &revision.status));
                        }
                        response
                    }
                };
            });
        });
    });
}

fn deeds(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = scene.tokens.sizes.space.small;
        let mut deed = |ui: &mut Ui, action: Action, words: &str, icon: Icon, kind: Kind| {
            if scene.can(action) && ui.add(Push::new(scene.tokens, words).icon(icon).kind(kind)).clicked() {
                out.push(Intent::Act(action));
            }
        };
        deed(ui, Action::OpenFile, &scene.t("document-open"), Icon::Open, Kind::Primary);
        deed(ui, Action::Revise, &scene.t("document-revise"), Icon::Revise, Kind::Plain);
        for (action, icon, words) in [
            (Action::SaveAs, Icon::Save, scene.t("document-save-as")),
            (Action::EditDocument, Icon::Edit, scene.t("document-edit")),
        ] {
            if scene.can(action) && icon_button(ui, scene.tokens, icon, &words).clicked() {
                out.push(Intent::Act(action));
            }
        }
        if !scene.may_write_document() {
            return;
        }
        if document.removed.is_some() {
            if ui.add(Push::new(scene.tokens, scene.t("document-restore")).icon(Icon::Restore)).clicked() {
                out.open(ReasonDialog::restore(document));
            }
        } else if icon_button(ui, scene.tokens, Icon::Trash, &scene.t("document-remove")).clicked() {
            out.open(ReasonDialog::remove(document));
        }
    });
}

/// A name and its value, one under the other in two columns.
fn fields(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow) {
    const KNOWN: [Column; 10] = [
        Column::Discipline,
        Column::Form,
        Column::Originator,
        Column::Path,
        Column::Package,
        Column::Zone,
        Column::Transmittal,
        Column::DateReceived,
        Column::PlannedDate,
        Column::ActualDate,
    ];
    let Some(project) = scene.project else { return };
    let mut values: Vec<(String, String)> = Vec::new();
    if let Some(folder) = project.folders.iter().find(|folder| folder.domain == document.domain) {
        values.push((scene.t("document-folder").into_owned(), scene.texts.pick(&folder.names).to_owned()));
    }
    for column in &KNOWN {
        if let enginus_query::Cell::Text(value) = column.cell(document, &project.people) {
            values.push((scene.texts.t(&column_text_id(*column)).into_owned(), value.into_owned()));
        }
    }
    for (name, value) in document.fields.iter() {
        if Column::from_id(name).is_none() && !value.is_empty() {
            values.push((name.to_owned(), value.to_owned()));
        }
    }
    facts(ui, scene.tokens, 2, &values);
}

/// `S3 · For review and comment`.
pub(crate) fn status_words(scene: &Scene<'_>, code: &str) -> String {
    let label = scene.project.and_then(|project| project.statuses.iter().find(|(known, _)| known == code));
    label.map_or_else(|| code.to_owned(), |(_, names)| format!("{code} · {}", scene.texts.pick(names)))
}

/// Who and when.
pub(crate) fn by_whom(scene: &Scene<'_>, by: &enginus_query::Author, at: enginus_model::Instant) -> String {
    let name = scene.project.map_or_else(|| by.device.short(), |project| by.name(&project.people).into_owned());
    scene.texts.with("by-whom", &[("name", name.into()), ("when", scene.texts.date_time(at).into())])
}

//! The list of files in the add dialog.

use egui::{Align, Align2, ComboBox, Layout, Sense, TextEdit, Ui, vec2};
use enginus_engine::api::ProjectSnapshot;

use super::add::AddRow;
use crate::parts::{Icon, chevron, failure_title, icon_button, label, truncated};
use crate::scene::Scene;
use crate::tasks::Task;
use crate::theme::Tokens;

/// How wide each column is.
pub(super) struct Widths {
    file: f32,
    number: f32,
    title: f32,
    revision: f32,
    status: f32,
}

impl Widths {
    pub(super) fn of(all: f32, tokens: &Tokens) -> Self {
        let s = &tokens.sizes;
        let (revision, status) = (72.0, 84.0);
        let rest = all - revision - status - s.size.control - 5.0 * s.space.tight;
        Self { file: rest * 0.32, number: rest * 0.33, title: rest * 0.35, revision, status }
    }
}

pub(super) fn head(ui: &mut Ui, scene: &Scene<'_>, widths: &Widths) {
    ui.horizontal(|ui| {
        let columns = [
            (scene.t("add-file"), widths.file),
            (scene.t("column-number"), widths.number),
            (scene.t("column-title"), widths.title),
            (scene.t("column-revision"), widths.revision),
            (scene.t("column-status"), widths.status),
        ];
        for (words, width) in columns {
            ui.allocate_ui_with_layout(
                vec2(width, scene.tokens.sizes.text.body),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_width(width);
                    label(ui, scene.tokens, words);
                },
            );
        }
    });
}

/// Shows one; answers whether it is to be taken out of the list.
pub(super) fn row(
    ui: &mut Ui,
    scene: &Scene<'_>,
    project: &ProjectSnapshot,
    task: Option<&Task>,
    widths: &Widths,
    row: &mut AddRow,
    at: usize,
) -> bool {
    let s = &scene.tokens.sizes;
    let name = row.name();
    let mut gone = false;
    ui.push_id(("file", at), |ui| {
        ui.horizontal(|ui| {
            let size = |width: f32| vec2(width, s.size.control);
            ui.allocate_ui_with_layout(size(widths.file), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(widths.file);
                file_cell(ui, scene, row, &name);
            });
            if let Some(failure) = task.and_then(|task| task.refused.get(&row.file.path)) {
                let room = widths.number + widths.title + widths.revision + widths.status + 3.0 * s.space.tight;
                ui.allocate_ui_with_layout(size(room), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(room);
                    let failure = scene.texts.failure(failure);
                    let hint = failure.hint.as_deref().map(|hint| format!(" · {hint}")).unwrap_or_default();
                    let words = format!("{}: {}{hint}", failure_title(scene.texts, failure.kind), failure.message);
                    truncated(ui, words, s.text.small, scene.tokens.colours.danger);
                });
                return;
            }
            ui.add_enabled_ui(task.is_none(), |ui| {
                for (id, width, value) in [
                    (scene.t("column-number"), widths.number, &mut row.number),
                    (scene.t("column-title"), widths.title, &mut row.title),
                    (scene.t("column-revision"), widths.revision, &mut row.revision),
                ] {
                    ui.name_inputs(format!("{id}: {name}"), |ui| {
                        ui.add_sized(size(width), TextEdit::singleline(value).align(Align2::LEFT_CENTER))
                    });
                }
                status(ui, scene, project, widths.status, row, &name);
                if task.is_none() {
                    let words = scene.texts.with("add-leave-out", &[("name", name.as_str().into())]);
                    gone = icon_button(ui, scene.tokens, Icon::Close, &words).clicked();
                }
            });
            if let Some(task) = task {
                progress(ui, scene, task, row);
            }
        });
    });
    gone
}

fn file_cell(ui: &mut Ui, scene: &Scene<'_>, row: &AddRow, name: &str) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let (size, ink) = match row.file.size {
            0 => (scene.t("add-empty-file").into_owned(), c.danger),
            size => (scene.texts.bytes(size), c.text_faint),
        };
        ui.add_space(s.space.tight);
        truncated(ui, size, s.text.small, ink);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let shown =
                if row.file.subfolder.is_empty() { name.to_owned() } else { format!("{}/{name}", row.file.subfolder) };
            truncated(ui, shown, s.text.small, c.text_muted);
        });
    });
}

fn status(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, width: f32, row: &mut AddRow, name: &str) {
    let label = format!("{}: {name}", scene.t("column-status"));
    let none = scene.t("status-none").into_owned();
    let shown = if row.status.is_empty() { none.clone() } else { row.status.clone() };
    ui.name_inputs(label, |ui| {
        ComboBox::from_id_salt("status").width(width).selected_text(shown).truncate().icon(chevron).show_ui(ui, |ui| {
            ui.selectable_value(&mut row.status, String::new(), none);
            for (code, names) in &project.statuses {
                ui.selectable_value(&mut row.status, code.clone(), format!("{code} · {}", scene.texts.pick(names)));
            }
        });
    });
}

fn progress(ui: &mut Ui, scene: &Scene<'_>, task: &Task, row: &AddRow) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let (rect, response) = ui.allocate_exact_size(vec2(s.size.icon, s.size.control), Sense::hover());
    let rect = egui::Rect::from_center_size(rect.center(), vec2(s.size.icon, s.size.icon));
    if task.added.iter().any(|added| added.file == row.file.path) {
        Icon::Check.paint(ui.painter(), rect, c.ok);
        response.on_hover_text(scene.t("add-is-safe"));
    } else if task.is_running() {
        ui.put(rect, egui::Spinner::new().size(s.text.body).color(c.accent));
    } else {
        Icon::Close.paint(ui.painter(), rect, c.text_faint);
        response.on_hover_text(scene.t("add-not-added"));
    }
}

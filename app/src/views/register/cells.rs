//! What stands in a cell, in the person's language.

use egui::{Color32, Id, RichText, Sense, Tooltip, Ui, WidgetText};
use enginus_engine::api::FileState;
use enginus_query::{Cell, Column, DocumentRow};

use crate::parts::Icon;
use crate::scene::Scene;

/// A cell's text and its colour.
pub(super) struct Text {
    pub(super) words: WidgetText,
    pub(super) ink: Color32,
}

/// Whether a column holds numbers, which stand to the right.
pub(super) const fn is_number(column: Column) -> bool {
    matches!(column, Column::Size | Column::Revisions)
}

pub(super) fn text(scene: &Scene<'_>, row: &DocumentRow, column: Column) -> Option<Text> {
    let people = &scene.project?.people;
    let c = &scene.tokens.colours;
    let words = match column.cell(row, people) {
        Cell::Empty if column == Column::Revision && row.revisions.is_empty() => {
            return Some(Text { words: scene.t("planned").into_owned().into(), ink: c.text_faint });
        }
        Cell::Empty => return None,
        Cell::Text(text) => text.into_owned(),
        Cell::Moment(at) => scene.texts.date_time(at),
        Cell::Bytes(bytes) => scene.texts.bytes(bytes),
        Cell::Count(count) => scene.texts.number(count),
    };
    let removed = row.removed.is_some();
    let ink = match column {
        _ if removed => c.text_faint,
        Column::Revision if row.current().is_some_and(|revision| revision.in_conflict) => c.warn,
        Column::Number | Column::Title | Column::Revision => c.text,
        _ => c.text_muted,
    };
    let words = match column {
        Column::Number | Column::Title if removed => RichText::new(words).strikethrough().into(),
        Column::Sha256 => RichText::new(words).monospace().into(),
        _ => WidgetText::from(words),
    };
    Some(Text { words, ink })
}

/// Where the current revision's file is: picture, colour, words.
pub(super) fn state(scene: &Scene<'_>, row: &DocumentRow) -> (Icon, Color32, String) {
    file_state(scene, row.primary_file())
}

/// Where a file is: picture, colour, words.
pub(crate) fn file_state(scene: &Scene<'_>, file: Option<&enginus_model::FileRef>) -> (Icon, Color32, String) {
    let c = &scene.tokens.colours;
    let Some(file) = file else {
        return (Icon::Planned, c.text_faint, scene.t("file-none").into_owned());
    };
    let state = scene.project.and_then(|project| project.files.get(&file.manifest.object)).copied();
    match state.unwrap_or(FileState::Elsewhere) {
        FileState::HereAndElsewhere => (Icon::Here, c.ok, scene.t("file-safe").into_owned()),
        FileState::HereOnly => (Icon::HereOnly, c.warn, scene.t("file-here-only").into_owned()),
        FileState::Elsewhere => (Icon::Elsewhere, c.text_faint, scene.t("file-elsewhere").into_owned()),
        FileState::Fetching { percent } => {
            (Icon::Fetching, c.accent, scene.texts.with("file-fetching", &[("percent", u64::from(percent).into())]))
        }
    }
}

/// A row as it is read aloud.
pub(super) fn row_words(scene: &Scene<'_>, row: &DocumentRow) -> String {
    let mut parts = vec![row.number.as_str(), row.title.as_str()];
    if let Some(revision) = row.current() {
        parts.extend([&*revision.code, &*revision.status]);
    }
    let (_, _, state) = state(scene, row);
    let attention = row.needs_attention().then(|| scene.t("register-needs-attention"));
    let removed = row.removed.is_some().then(|| scene.t("register-is-removed"));
    parts.push(&state);
    parts.extend(attention.as_deref());
    parts.extend(removed.as_deref());
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// A note under the pointer.
pub(super) fn note(ui: &Ui, rect: egui::Rect, words: &str) {
    let response = ui.interact(rect, Id::unique("register note"), Sense::hover());
    Tooltip::for_enabled(&response).at_pointer().show(|ui| ui.label(words));
}

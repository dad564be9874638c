//! The keyboard in a register.

use egui::{EventFilter, Key, Modifiers, Ui};
use enginus_model::DocumentId;
use enginus_query::ViewRow;

use super::Register;
use crate::action::Action;
use crate::scene::{Intent, Outbox, Scene};

impl Register {
    /// Moves through `rows` as keys say. Keys count while the table has the keyboard or nobody has it; from the search field, the arrow
    /// down and Enter lead into the table.
    pub(super) fn keys(&mut self, ui: &Ui, scene: &Scene<'_>, rows: &[std::sync::Arc<ViewRow>], out: &mut Outbox) {
        if scene.dialog_open || rows.is_empty() || egui::Popup::is_any_open(ui.ctx()) {
            return;
        }
        let focused = ui.memory(|memory| memory.focused());
        let down_from_search =
            focused == Some(Self::search_id()) && ui.input(|input| input.key_pressed(Key::ArrowDown));
        if std::mem::take(&mut self.leaves_search) || down_from_search {
            ui.memory_mut(|memory| memory.request_focus(Self::table_id()));
            self.go(0, rows, out);
            return;
        }
        if focused.is_some_and(|id| id != Self::table_id()) {
            return;
        }
        let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(Self::table_id(), filter));

        let here = scene.selected.and_then(|id| self.row_of(rows, id));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (last, page) = (rows.len() - 1, self.page_rows.max(2) - 1);
        let from = |first: usize, step: fn(usize, usize) -> usize, by: usize| {
            here.map_or(first, |row| step(row, by).min(last))
        };
        let target = match () {
            () if pressed(Key::ArrowDown) => Some(from(0, usize::saturating_add, 1)),
            () if pressed(Key::ArrowUp) => Some(from(last, usize::saturating_sub, 1)),
            () if pressed(Key::PageDown) => Some(from(page.min(last), usize::saturating_add, page)),
            () if pressed(Key::PageUp) => Some(from(0, usize::saturating_sub, page)),
            () if pressed(Key::Home) => Some(0),
            () if pressed(Key::End) => Some(last),
            () => None,
        };
        if let Some(row) = target {
            self.go(row, rows, out);
        } else if here.is_some() && pressed(Key::Enter) && scene.can(Action::OpenFile) {
            out.push(Intent::Act(Action::OpenFile));
        } else if here.is_some() && pressed(Key::Escape) {
            out.push(Intent::Choose(None));
        }
    }

    fn go(&mut self, row: usize, rows: &[std::sync::Arc<ViewRow>], out: &mut Outbox) {
        (self.cursor, self.reveal) = (row, Some(row));
        out.push(Intent::Choose(Some(rows[row].id)));
    }

    /// Where a document stands. It is mostly where it was last seen, so that holding an arrow key costs nothing.
    pub(super) fn row_of(&self, rows: &[std::sync::Arc<ViewRow>], id: DocumentId) -> Option<usize> {
        match rows.get(self.cursor) {
            Some(row) if row.id == id => Some(self.cursor),
            _ => rows.iter().position(|row| row.id == id),
        }
    }
}

//! Things to fill in, each tied to its name.

use egui::{ComboBox, Response, RichText, TextEdit, Ui};

use super::text;
use crate::theme::Tokens;

/// A line or several to write into.
pub struct Field<'a> {
    tokens: &'a Tokens,
    name: &'a str,
    hint: String,
    note: String,
    lines: usize,
    show_name: bool,
}

impl<'a> Field<'a> {
    /// One line, called `name`.
    pub fn new(tokens: &'a Tokens, name: &'a str) -> Self {
        Self { tokens, name, hint: String::new(), note: String::new(), lines: 1, show_name: true }
    }
    /// What an answer looks like, shown while it is empty.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
    /// More about it, below.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
    /// Several lines.
    #[must_use]
    pub fn lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }
    /// Without its name above, as in a table whose head says it.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.show_name = false;
        self
    }

    /// Shows it, as wide as there is room.
    pub fn show(self, ui: &mut Ui, value: &mut String) -> Response {
        let s = &self.tokens.sizes;
        let hint = RichText::new(self.hint).color(self.tokens.colours.text_faint);
        let edit = |value| {
            let edit = if self.lines > 1 { TextEdit::multiline(value).desired_rows(self.lines) } else { TextEdit::singleline(value) };
            edit.hint_text(hint).desired_width(f32::INFINITY)
        };
        if !self.show_name {
            return ui.name_inputs(self.name, |ui| ui.add(edit(value)));
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = s.space.tight;
            let label = text::label(ui, self.tokens, self.name);
            let response = ui.add(edit(value)).labelled_by(label.id);
            if !self.note.is_empty() {
                text::faint(ui, self.tokens, self.note);
            }
            response
        })
        .inner
    }
}

/// One of several. Answers whether it changed.
pub fn choose<T: PartialEq + Clone>(ui: &mut Ui, tokens: &Tokens, salt: &str, name: &str, show_name: bool, value: &mut T, choices: &[(T, String)]) -> bool {
    let s = &tokens.sizes;
    let chosen = choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, words)| words.as_str());
    let before = value.clone();
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = s.space.tight;
        if show_name {
            text::label(ui, tokens, name);
        }
        let width = ui.available_width();
        ui.name_inputs(name, |ui| {
            ComboBox::from_id_salt(salt).width(width).selected_text(chosen).truncate().show_ui(ui, |ui| {
                for (choice, words) in choices {
                    ui.selectable_value(value, choice.clone(), words.as_str());
                }
            });
        });
    });
    *value != before
}

/// Yes or no.
pub fn tick(ui: &mut Ui, value: &mut bool, words: impl Into<String>) -> Response {
    ui.checkbox(value, words.into())
}

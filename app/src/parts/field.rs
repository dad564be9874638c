//! Things to fill in, each tied to its name.

use egui::{Align2, ComboBox, Rect, Response, RichText, TextEdit, Ui, style::WidgetVisuals};

use super::{Icon, text};
use crate::theme::Tokens;

/// A line or several to write into.
pub(crate) struct Field<'a> {
    tokens: &'a Tokens,
    name: &'a str,
    hint: String,
    note: String,
    lines: usize,
}

impl<'a> Field<'a> {
    /// One line, called `name`.
    pub(crate) fn new(tokens: &'a Tokens, name: &'a str) -> Self {
        Self { tokens, name, hint: String::new(), note: String::new(), lines: 1 }
    }
    /// What an answer looks like, shown while it is empty.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
    /// More about it, below.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
    /// Several lines.
    #[must_use]
    pub(crate) fn lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// Shows it, as wide as there is room.
    pub(crate) fn show(self, ui: &mut Ui, value: &mut String) -> Response {
        let s = &self.tokens.sizes;
        let hint = RichText::new(self.hint).color(self.tokens.colours.text_faint);
        let edit = |value| {
            let edit = match self.lines {
                1 => TextEdit::singleline(value).align(Align2::LEFT_CENTER),
                lines => TextEdit::multiline(value).desired_rows(lines),
            };
            edit.hint_text(hint).desired_width(f32::INFINITY)
        };
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = s.space.tight;
            ui.spacing_mut().interact_size.y = s.size.control;
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
pub(crate) fn choose<T: PartialEq + Clone>(
    ui: &mut Ui,
    tokens: &Tokens,
    salt: &str,
    name: &str,
    show_name: bool,
    value: &mut T,
    choices: &[(T, String)],
) -> bool {
    let s = &tokens.sizes;
    let chosen = choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, words)| words.as_str());
    let before = value.clone();
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = s.space.tight;
        ui.spacing_mut().interact_size.y = s.size.control;
        if show_name {
            text::label(ui, tokens, name);
        }
        let width = ui.available_width();
        ui.name_inputs(name, |ui| {
            ComboBox::from_id_salt(salt).width(width).selected_text(chosen).truncate().icon(chevron).show_ui(
                ui,
                |ui| {
                    for (choice, words) in choices {
                        ui.selectable_value(value, choice.clone(), words.as_str());
                    }
                },
            );
        });
    });
    *value != before
}

/// The mark of a field that opens.
pub(crate) fn chevron(ui: &Ui, rect: Rect, visuals: &WidgetVisuals, _: bool) {
    Icon::ChevronDown.paint(ui.painter(), rect.expand(2.0), visuals.fg_stroke.color);
}

/// Yes or no.
pub(crate) fn tick(ui: &mut Ui, value: &mut bool, words: impl Into<String>) -> Response {
    ui.checkbox(value, words.into())
}

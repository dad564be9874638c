//! Text by rank.

use egui::{Color32, FontId, Label, Response, RichText, Ui};

use crate::theme::Tokens;

fn text(ui: &mut Ui, text: impl Into<String>, size: f32, colour: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).size(size).color(colour)).wrap())
}

/// The title of a page.
pub(crate) fn display(ui: &mut Ui, tokens: &Tokens, words: impl Into<String>) -> Response {
    text(ui, words, tokens.sizes.text.display, tokens.colours.text)
}

/// The title of a panel.
pub(crate) fn heading(ui: &mut Ui, tokens: &Tokens, words: impl Into<String>) -> Response {
    text(ui, words, tokens.sizes.text.heading, tokens.colours.text)
}

/// What stands out in a list.
pub(crate) fn strong(ui: &mut Ui, tokens: &Tokens, words: impl Into<String>) -> Response {
    text(ui, words, tokens.sizes.text.strong, tokens.colours.text)
}

/// Read second.
pub(crate) fn muted(ui: &mut Ui, tokens: &Tokens, words: impl Into<String>) -> Response {
    text(ui, words, tokens.sizes.text.body, tokens.colours.text_muted)
}

/// Read last.
pub(crate) fn faint(ui: &mut Ui, tokens: &Tokens, words: impl Into<String>) -> Response {
    text(ui, words, tokens.sizes.text.small, tokens.colours.text_faint)
}

/// The name of what follows.
pub(crate) fn label(ui: &mut Ui, tokens: &Tokens, words: impl Into<String>) -> Response {
    text(ui, words, tokens.sizes.text.small, tokens.colours.text_muted)
}

/// One line that ends in an ellipsis where it is too long; the whole of it shows under the pointer.
pub(crate) fn truncated(ui: &mut Ui, words: impl Into<String>, size: f32, colour: Color32) -> Response {
    let words = RichText::new(words).font(FontId::proportional(size)).color(colour);
    ui.add(Label::new(words).truncate())
}

//! Fields for what must not be seen or kept.

use egui::text_edit::TextEditState;
use egui::{Align2, Response, TextEdit, Ui};
use enginus_engine::api::Secret;

use super::text;
use crate::theme::Tokens;

/// Room taken at once, so that typing leaves no copies behind in memory.
const ROOM_BYTES: usize = 1024;

/// A text that is being typed and must not be seen. It is wiped when it is sent or dropped, and `Debug` does not show it.
pub(crate) struct SecretText(String);

impl SecretText {
    /// The text, for the moment it is looked at. Do not keep a copy.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A copy to send, without white space around it.
    pub(crate) fn trimmed(&self) -> Secret {
        Secret::new(self.0.trim())
    }

    /// A copy to send, as it was typed.
    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.0.as_str())
    }

    /// Wipes it.
    pub(crate) fn clear(&mut self) {
        drop(Secret::from(std::mem::replace(&mut self.0, String::with_capacity(ROOM_BYTES))));
    }
}

impl Default for SecretText {
    fn default() -> Self {
        Self(String::with_capacity(ROOM_BYTES))
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        drop(Secret::from(std::mem::take(&mut self.0)));
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(hidden)")
    }
}

/// One line called `name`, shown as dots.
pub(crate) fn secret_field(ui: &mut Ui, tokens: &Tokens, name: &str, note: &str, value: &mut SecretText) -> Response {
    let edit = TextEdit::singleline(&mut value.0).password(true).align(Align2::LEFT_CENTER);
    framed(ui, tokens, name, note, edit)
}

/// Several lines called `name`, shown as they are, for what has to be compared with paper or pasted.
pub(crate) fn secret_lines(
    ui: &mut Ui,
    tokens: &Tokens,
    name: &str,
    note: &str,
    lines: usize,
    value: &mut SecretText,
) -> Response {
    framed(ui, tokens, name, note, TextEdit::multiline(&mut value.0).desired_rows(lines))
}

/// One short line called `name`, shown as it is.
pub(crate) fn secret_word(ui: &mut Ui, tokens: &Tokens, name: &str, value: &mut SecretText) -> Response {
    framed(ui, tokens, name, "", TextEdit::singleline(&mut value.0).align(Align2::LEFT_CENTER))
}

fn framed(ui: &mut Ui, tokens: &Tokens, name: &str, note: &str, edit: TextEdit<'_>) -> Response {
    let s = &tokens.sizes;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = s.space.tight;
        ui.spacing_mut().interact_size.y = s.size.control;
        let label = text::label(ui, tokens, name);
        let response = ui.add(edit.desired_width(f32::INFINITY)).labelled_by(label.id);
        // What was typed is not kept for taking back.
        if let Some(mut state) = TextEditState::load(ui.ctx(), response.id) {
            state.clear_undoer();
            state.store(ui.ctx(), response.id);
        }
        if !note.is_empty() {
            text::faint(ui, tokens, note);
        }
        response
    })
    .inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_not_printed_and_is_gone_when_cleared() {
        let mut text = SecretText::default();
        text.0.push_str(" correct horse ");
        assert_eq!(format!("{text:?}"), "SecretText(hidden)");
        assert_eq!((text.trimmed().reveal(), text.secret().reveal()), ("correct horse", " correct horse "));
        text.clear();
        assert!(text.is_empty() && text.as_str().is_empty());
    }
}

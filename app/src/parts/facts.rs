//! Names and their values, side by side.

use egui::{Align, Label, Layout, Ui, vec2};

use super::text;
use crate::theme::Tokens;

/// Each name above its value, `columns` beside each other.
pub(crate) fn facts(ui: &mut Ui, tokens: &Tokens, columns: usize, facts: &[(String, String)]) {
    let s = &tokens.sizes;
    let columns = columns.max(1);
    let width = (ui.available_width() - s.space.medium * (columns - 1) as f32) / columns as f32;
    for line in facts.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = s.space.medium;
            for (name, value) in line {
                ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = s.space.hair;
                    text::label(ui, tokens, name);
                    ui.add(Label::new(value).wrap());
                });
            }
        });
    }
}

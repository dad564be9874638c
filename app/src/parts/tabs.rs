//! Pages of one page, one of which is shown.

use egui::accesskit::Role;
use egui::emath::GuiRounding;
use egui::{CursorIcon, FontId, Sense, TextWrapMode, Ui, WidgetInfo, WidgetText, vec2};

use super::button::focus_ring;
use crate::theme::Tokens;

/// Their names in a row; the chosen one is underlined.
pub(crate) fn tabs<T: PartialEq + Copy>(ui: &mut Ui, tokens: &Tokens, value: &mut T, choices: &[(T, String)]) {
    let (s, c) = (&tokens.sizes, &tokens.colours);
    let mut mark = None;
    let line = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = s.space.tight;
            for (choice, words) in choices {
                let chosen = choice == value;
                let font = FontId::proportional(s.text.body);
                let galley =
                    WidgetText::from(words.as_str()).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, font);
                let size = vec2(galley.size().x + 2.0 * s.space.small, s.size.control);
                let (rect, response) = ui.allocate_exact_size(size, Sense::click());
                response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, words));
                if !chosen && (response.hovered() || response.has_focus()) {
                    ui.painter().rect_filled(rect.shrink(s.space.hair), s.radius.medium, c.hover);
                }
                focus_ring(ui, tokens, &response, s.radius.medium);
                let ink = if chosen { c.text } else { c.text_muted };
                ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
                if chosen {
                    mark = Some(rect.with_min_y(rect.bottom() - s.size.focus));
                }
                if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                    *value = *choice;
                }
            }
        })
        .response;
    let across = ui.max_rect().x_range();
    ui.painter().hline(across, line.rect.bottom(), egui::Stroke::new(s.size.stroke, c.border));
    if let Some(mark) = mark {
        ui.painter().rect_filled(mark.round_to_pixels(ui.pixels_per_point()), 0.0, c.accent);
    }
}

//! Grounds things stand on, marks, and what is shown where there is nothing.

use egui::{
    Color32, FontId, Frame, InnerResponse, Layout, Margin, Response, Sense, Stroke, TextWrapMode, Ui, WidgetText, vec2,
};

use super::{Icon, text};
use crate::theme::Tokens;

/// How something is meant, by its ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Nothing special.
    Plain,
    /// Worth seeing.
    Accent,
    /// Good.
    Ok,
    /// Waits for a person.
    Warn,
    /// Wrong.
    Danger,
}

impl Ground {
    /// Ink and ground.
    #[must_use]
    pub(crate) fn colours(self, tokens: &Tokens) -> (Color32, Color32) {
        let c = &tokens.colours;
        match self {
            Self::Plain => (c.text_muted, c.sunken),
            Self::Accent => (c.accent, c.accent_soft),
            Self::Ok => (c.ok, c.ok_soft),
            Self::Warn => (c.warn, c.warn_soft),
            Self::Danger => (c.danger, c.danger_soft),
        }
    }
}

/// A few letters on their own ground.
pub(crate) fn badge(ui: &mut Ui, tokens: &Tokens, ground: Ground, words: &str) -> Response {
    let s = &tokens.sizes;
    let (ink, fill) = ground.colours(tokens);
    let galley = WidgetText::from(words).into_galley(
        ui,
        Some(TextWrapMode::Extend),
        f32::INFINITY,
        FontId::proportional(s.text.small),
    );
    let size = galley.size() + vec2(2.0 * s.space.small - s.space.hair, s.space.tight);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, words));
    ui.painter().rect_filled(rect, s.radius.small, fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    response
}

/// A group of things that belong together.
pub(crate) fn card<R>(ui: &mut Ui, tokens: &Tokens, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let s = &tokens.sizes;
    Frame::new()
        .fill(tokens.colours.panel)
        .stroke(Stroke::new(s.size.stroke, tokens.colours.border))
        .corner_radius(s.radius.large)
        .inner_margin(Margin::same(s.space.medium as i8))
        .show(ui, |ui| {
            ui.take_available_width();
            // Lines of marks and words stand as close as lines of words.
            ui.spacing_mut().interact_size.y = s.text.heading;
            contents(ui)
        })
}

/// Something a person should see before they go on.
pub(crate) fn callout<R>(
    ui: &mut Ui,
    tokens: &Tokens,
    ground: Ground,
    icon: Icon,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let s = &tokens.sizes;
    let (ink, fill) = ground.colours(tokens);
    Frame::new()
        .fill(fill)
        .corner_radius(s.radius.medium)
        .inner_margin(Margin::same(s.space.medium as i8 - 2))
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), Sense::hover());
                icon.paint(ui.painter(), rect, ink);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = s.space.tight;
                    ui.take_available_width();
                    contents(ui)
                })
                .inner
            })
            .inner
        })
        .inner
}

/// A line between groups.
pub(crate) fn divider(ui: &mut Ui, tokens: &Tokens) {
    let s = &tokens.sizes;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), s.size.stroke), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, tokens.colours.border);
}

/// What stands where there is nothing: why, and what to do.
pub(crate) fn empty(
    ui: &mut Ui,
    tokens: &Tokens,
    icon: Icon,
    title: &str,
    detail: &str,
    actions: impl FnOnce(&mut Ui),
) {
    let s = &tokens.sizes;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.28).max(s.space.wide));
        let (rect, _) = ui.allocate_exact_size(vec2(s.space.huge, s.space.huge), Sense::hover());
        icon.paint(ui.painter(), rect, tokens.colours.border_strong);
        ui.add_space(s.space.small);
        text::heading(ui, tokens, title);
        ui.set_max_width(s.size.page - 2.0 * s.space.wide);
        text::muted(ui, tokens, detail);
        ui.add_space(s.space.medium);
        actions(ui);
    });
}

/// A wheel and what is waited for.
pub(crate) fn spinner_line(ui: &mut Ui, tokens: &Tokens, words: &str) {
    ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
        ui.add(egui::Spinner::new().size(tokens.sizes.size.icon).color(tokens.colours.accent));
        text::muted(ui, tokens, words);
    });
}

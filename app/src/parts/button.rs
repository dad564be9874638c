//! Buttons, by how much they matter.

use egui::accesskit::Role;
use egui::{
    Align2, Color32, CursorIcon, FontId, Response, Sense, Stroke, StrokeKind, TextWrapMode, Ui, Widget, WidgetInfo,
    WidgetText, pos2, vec2,
};

use super::Icon;
use crate::theme::Tokens;

/// How much a button matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// The one thing to do here.
    Primary,
    /// One of several.
    #[default]
    Plain,
    /// There when looked for.
    Quiet,
    /// Takes something away.
    Danger,
}

/// A button with words.
pub(crate) struct Push<'a> {
    tokens: &'a Tokens,
    text: String,
    name: Option<String>,
    kind: Kind,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    enabled: bool,
    selected: bool,
    full_width: bool,
}

impl<'a> Push<'a> {
    /// A plain one.
    pub(crate) fn new(tokens: &'a Tokens, text: impl Into<String>) -> Self {
        Self {
            tokens,
            text: text.into(),
            name: None,
            kind: Kind::Plain,
            icon: None,
            trailing: None,
            enabled: true,
            selected: false,
            full_width: false,
        }
    }
    /// What it is called where its words alone do not tell it from its likes.
    #[must_use]
    pub(crate) fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
    /// How much it matters.
    #[must_use]
    pub(crate) fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
    /// A picture before the words.
    #[must_use]
    pub(crate) fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
    /// A picture behind the words.
    #[must_use]
    pub(crate) fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }
    /// Whether it can be pressed.
    #[must_use]
    pub(crate) fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
    /// Whether it is switched on.
    #[must_use]
    pub(crate) fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }
    /// As wide as there is room.
    #[must_use]
    pub(crate) fn full_width(mut self) -> Self {
        self.full_width = true;
        self
    }

    /// Ground, outline and text.
    fn colours(&self, response: &Response) -> (Color32, Color32, Color32) {
        let c = &self.tokens.colours;
        let over = response.hovered() || response.has_focus();
        let down = response.is_pointer_button_down_on();
        match self.kind {
            Kind::Primary if over => (c.accent_hover, Color32::TRANSPARENT, c.on_accent),
            Kind::Primary => (c.accent, Color32::TRANSPARENT, c.on_accent),
            Kind::Danger if over => (c.danger_soft, c.danger, c.danger),
            Kind::Danger => (Color32::TRANSPARENT, c.border_strong, c.danger),
            _ if self.selected => (c.accent_soft, c.accent, c.accent),
            Kind::Plain if down => (c.selected, c.accent, c.text),
            Kind::Plain if over => (c.hover, c.text_faint, c.text),
            Kind::Plain => (c.raised, c.border_strong, c.text),
            Kind::Quiet if over => (c.hover, Color32::TRANSPARENT, c.text),
            Kind::Quiet => (Color32::TRANSPARENT, Color32::TRANSPARENT, c.text_muted),
        }
    }
}

impl Widget for Push<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        ui.add_enabled_ui(self.enabled, |ui| {
            let s = &self.tokens.sizes;
            let galley = WidgetText::from(self.text.as_str()).into_galley(
                ui,
                Some(TextWrapMode::Extend),
                f32::INFINITY,
                FontId::proportional(s.text.body),
            );
            let pictures = f32::from(u8::from(self.icon.is_some()) + u8::from(self.trailing.is_some()));
            let inner = galley.size().x + pictures * (s.size.icon + s.space.small);
            let pad = if self.kind == Kind::Quiet { s.space.small } else { s.space.medium };
            let wanted = inner + 2.0 * pad;
            let width = if self.full_width { ui.available_width().max(wanted) } else { wanted };
            let (rect, response) = ui.allocate_exact_size(vec2(width, s.size.control), Sense::click());
            let (enabled, selected) = (ui.is_enabled(), self.selected);
            let name = self.name.as_ref().unwrap_or(&self.text);
            response.widget_info(|| match selected {
                true => WidgetInfo::selected(Role::Button, enabled, true, name),
                false => WidgetInfo::labeled(Role::Button, enabled, name),
            });
            if ui.is_rect_visible(rect) {
                let (ground, outline, ink) = self.colours(&response);
                let stroke = Stroke::new(s.size.stroke, outline);
                ui.painter().rect(rect, s.radius.medium, ground, stroke, StrokeKind::Inside);
                focus_ring(ui, self.tokens, &response, s.radius.medium);
                let mut x = rect.left() + (width - inner) / 2.0;
                let picture = |x: f32, icon: Icon| {
                    let at = egui::Rect::from_center_size(
                        pos2(x + s.size.icon / 2.0, rect.center().y),
                        vec2(s.size.icon, s.size.icon),
                    );
                    icon.paint(ui.painter(), at, ink);
                };
                if let Some(icon) = self.icon {
                    picture(x, icon);
                    x += s.size.icon + s.space.small;
                }
                let place = Align2::LEFT_CENTER.anchor_size(pos2(x, rect.center().y), galley.size());
                x += galley.size().x + s.space.small;
                ui.painter().galley(place.min, galley, ink);
                if let Some(icon) = self.trailing {
                    picture(x, icon);
                }
            }
            response.on_hover_cursor(CursorIcon::PointingHand)
        })
        .inner
    }
}

pub(super) fn focus_ring(ui: &Ui, tokens: &Tokens, response: &Response, radius: f32) {
    if response.has_focus() {
        let s = &tokens.sizes;
        let stroke = Stroke::new(s.size.focus, tokens.colours.accent);
        ui.painter().rect_stroke(
            response.rect.expand(s.space.hair),
            radius + s.space.hair,
            stroke,
            StrokeKind::Outside,
        );
    }
}

/// A picture to press; `name` is what it is called, and the note under the pointer.
pub(crate) fn icon_button(ui: &mut Ui, tokens: &Tokens, icon: Icon, name: &str) -> Response {
    let s = &tokens.sizes;
    let (rect, response) = ui.allocate_exact_size(vec2(s.size.control, s.size.control), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let c = &tokens.colours;
    let over = response.hovered() || response.has_focus();
    if over {
        ui.painter().rect_filled(rect, s.radius.medium, c.hover);
    }
    focus_ring(ui, tokens, &response, s.radius.medium);
    let colour = if over { c.text } else { c.text_muted };
    icon.paint(ui.painter(), egui::Rect::from_center_size(rect.center(), vec2(s.size.icon, s.size.icon)), colour);
    response.on_hover_text(name).on_hover_cursor(CursorIcon::PointingHand)
}

/// Words to press, as in running text.
pub(crate) fn link(ui: &mut Ui, tokens: &Tokens, text: impl Into<String>) -> Response {
    let text = egui::RichText::new(text).size(tokens.sizes.text.small).color(tokens.colours.accent);
    ui.add(egui::Link::new(text))
}

/// A row of a navigation: picture, words, and a number at the end.
pub(crate) fn quiet_row(
    ui: &mut Ui,
    tokens: &Tokens,
    icon: Icon,
    indent: f32,
    words: &str,
    number: &str,
    selected: bool,
) -> Response {
    let (s, c) = (&tokens.sizes, &tokens.colours);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), s.size.row), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, enabled, selected, words));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let ground = if selected { c.selected } else { c.hover };
    if selected || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, s.radius.medium, ground);
    }
    focus_ring(ui, tokens, &response, s.radius.medium);
    let ink = if selected { c.text } else { c.text_muted };
    let left = rect.left() + s.space.small + indent;
    let at =
        egui::Rect::from_center_size(pos2(left + s.size.icon / 2.0, rect.center().y), vec2(s.size.icon, s.size.icon));
    icon.paint(ui.painter(), at, if selected { c.accent } else { c.text_faint });
    let small = FontId::proportional(s.text.small);
    let right = rect.right() - s.space.small;
    let number = ui.painter().text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, number, small, c.text_faint);
    let words_left = left + s.size.icon + s.space.small;
    let room = number.left() - s.space.small - words_left;
    let galley =
        WidgetText::from(words).into_galley(ui, Some(TextWrapMode::Truncate), room, FontId::proportional(s.text.body));
    let elided = galley.elided;
    let place = Align2::LEFT_CENTER.anchor_size(pos2(words_left, rect.center().y), galley.size());
    ui.painter().galley(place.min, galley, ink);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if elided { response.on_hover_text(words) } else { response }
}

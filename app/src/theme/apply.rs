//! The tokens as egui's own style, so that its widgets look like ours.

use egui::style::{ScrollStyle, WidgetVisuals};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Vec2, Visuals, vec2};

use super::tokens::{Theme, Tokens};

/// How long things take to fade, in seconds: felt, not waited for.
const ANIMATION_SECONDS: f32 = 0.08;
/// How long the pointer rests before a note appears, in seconds.
const TOOLTIP_DELAY_SECONDS: f32 = 0.35;

/// Puts both themes into the context. The fonts are those egui brings: they have every Turkish letter and look the same everywhere.
pub(crate) fn apply(ctx: &egui::Context, both: &[Tokens; 2]) {
    for tokens in both {
        let (theme, base) = match tokens.theme {
            Theme::Light => (egui::Theme::Light, Visuals::light()),
            Theme::Dark => (egui::Theme::Dark, Visuals::dark()),
        };
        let mut style = Style { visuals: visuals(base, tokens), ..Style::default() };
        sizes(&mut style, tokens);
        ctx.set_style_of(theme, style);
    }
}

fn sizes(style: &mut Style, tokens: &Tokens) {
    let s = &tokens.sizes;
    let font = |size: f32| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(s.text.small)),
        (TextStyle::Body, font(s.text.body)),
        (TextStyle::Button, font(s.text.body)),
        (TextStyle::Heading, font(s.text.heading)),
        (TextStyle::Monospace, FontId::new(s.text.small, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::splat(s.space.small);
    style.spacing.button_padding = vec2(s.space.medium - s.space.hair, s.space.tight);
    style.spacing.interact_size = vec2(s.size.control, s.size.control);
    style.spacing.menu_margin = Margin::same(s.space.tight as i8);
    style.spacing.window_margin = Margin::same(s.space.large as i8);
    style.spacing.combo_height = 320.0;
    style.spacing.icon_width = s.size.icon;
    style.spacing.icon_width_inner = s.size.icon * 0.6;
    style.spacing.scroll = ScrollStyle { bar_width: s.space.small, ..ScrollStyle::thin() };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = TOOLTIP_DELAY_SECONDS;
    style.animation_time = ANIMATION_SECONDS;
}

fn visuals(base: Visuals, tokens: &Tokens) -> Visuals {
    let c = &tokens.colours;
    let s = &tokens.sizes;
    let radius = CornerRadius::same(s.radius.medium as u8);
    let line = |colour: Color32| Stroke::new(s.size.stroke, colour);
    let state = |fill: Color32, outline: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: line(outline),
        fg_stroke: line(text),
        corner_radius: radius,
        expansion: 0.0,
    };
    let shadow = |blur: u8, offset: i8| Shadow { offset: [0, offset], blur, spread: 0, color: c.shadow };
    let mut visuals = base;
    visuals.widgets.noninteractive = state(c.panel, c.border, c.text);
    visuals.widgets.inactive = state(c.raised, c.border_strong, c.text);
    visuals.widgets.hovered = state(c.hover, c.text_faint, c.text);
    visuals.widgets.active = state(c.selected, c.accent, c.text);
    visuals.widgets.open = state(c.hover, c.text_faint, c.text);
    visuals.selection.bg_fill = c.selected;
    visuals.selection.stroke = Stroke::new(s.size.focus, c.accent);
    // An idle window draws nothing: a caret that blinks would wake it twice a second.
    visuals.text_cursor.blink = false;
    visuals.hyperlink_color = c.accent;
    visuals.weak_text_color = Some(c.text_faint);
    visuals.faint_bg_color = c.hover;
    visuals.extreme_bg_color = c.sunken;
    visuals.text_edit_bg_color = Some(c.panel);
    visuals.code_bg_color = c.sunken;
    visuals.warn_fg_color = c.warn;
    visuals.error_fg_color = c.danger;
    visuals.panel_fill = c.panel;
    visuals.window_fill = c.raised;
    visuals.window_stroke = line(c.border);
    visuals.window_corner_radius = CornerRadius::same(s.radius.large as u8);
    visuals.menu_corner_radius = CornerRadius::same(s.radius.medium as u8);
    visuals.window_shadow = shadow(40, 12);
    visuals.popup_shadow = shadow(20, 6);
    visuals
}

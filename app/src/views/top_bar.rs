//! Top: search, and what is done most.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Popup, RichText, TextEdit, Ui, WidgetInfo, vec2};
use enginus_model::Language;

use crate::action::Action;
use crate::parts::{Icon, Kind, Push, icon_button};
use crate::scene::{Intent, Outbox, Scene};
use crate::theme::Theme;
use crate::views::Register;

/// How wide the search field is at most, in points.
const SEARCH_WIDTH: f32 = 420.0;
/// What the window needs around an open menu, in points.
const MENU_SURROUNDINGS: f32 = 110.0;

/// Shows it. What is searched for belongs to the register.
pub(crate) fn top_bar(ui: &mut Ui, scene: &Scene<'_>, register: &mut Register, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = s.space.small;
        menu(ui, scene, out);
        looks(ui, scene, out);
        ui.add_space(s.space.small);
        if scene.can(Action::ExportLog) {
            action_button(ui, scene, Action::ExportLog, Icon::Download, Kind::Plain, out);
        }
        if scene.can(Action::Invite) {
            action_button(ui, scene, Action::Invite, Icon::Members, Kind::Plain, out);
        }
        if scene.can(Action::AddDocuments) {
            action_button(ui, scene, Action::AddDocuments, Icon::Add, Kind::Primary, out);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| search(ui, scene, register));
    });
}

/// Theme and language, from the right.
pub(super) fn looks(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let (icon, name) = match scene.tokens.theme {
        Theme::Light => (Icon::Moon, scene.t("theme-to-dark")),
        Theme::Dark => (Icon::Sun, scene.t("theme-to-light")),
    };
    if icon_button(ui, scene.tokens, icon, &name).clicked() {
        out.push(Intent::Act(Action::SwitchTheme));
    }
    let (letters, name) = match scene.texts.language {
        Language::En => ("TR", scene.t("language-to-turkish")),
        Language::Tr => ("EN", scene.t("language-to-english")),
    };
    if ui.add(Push::new(scene.tokens, letters).kind(Kind::Quiet)).on_hover_text(name).clicked() {
        out.push(Intent::Act(Action::SwitchLanguage));
    }
}

fn action_button(ui: &mut Ui, scene: &Scene<'_>, action: Action, icon: Icon, kind: Kind, out: &mut Outbox) {
    let words = match action {
        Action::AddDocuments => scene.t("top-add"),
        Action::Invite => scene.t("top-invite"),
        _ => scene.t("top-export"),
    };
    let note = scene.texts.t(&action.text_id());
    let keys = action.shortcut().map(|keys| ui.ctx().format_shortcut(&keys));
    let note = keys.map_or_else(|| note.to_string(), |keys| format!("{note} ({keys})"));
    if ui.add(Push::new(scene.tokens, words).icon(icon).kind(kind)).on_hover_text(note).clicked() {
        out.push(Intent::Act(action));
    }
}

fn search(ui: &mut Ui, scene: &Scene<'_>, register: &mut Register) {
    if !scene.can(Action::Search) {
        return;
    }
    let s = &scene.tokens.sizes;
    let width = ui.available_width().min(SEARCH_WIDTH);
    let hint = scene.t("search-hint").into_owned();
    let name = scene.t("search-name").into_owned();
    let edit = TextEdit::singleline(&mut register.text)
        .id(Register::search_id())
        .hint_text(RichText::new(hint).color(scene.tokens.colours.text_faint))
        .margin(egui::Margin {
            left: (s.size.icon + s.space.medium) as i8,
            right: s.space.small as i8,
            top: 6,
            bottom: 6,
        })
        .align(Align2::LEFT_CENTER)
        .desired_width(width - s.size.icon - s.space.medium - s.space.small);
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, &name));
    register.leaves_search = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let at = egui::Rect::from_center_size(
        response.rect.left_center() + vec2(s.space.small + s.size.icon / 2.0, 0.0),
        vec2(s.size.icon, s.size.icon),
    );
    Icon::Search.paint(ui.painter(), at, scene.tokens.colours.text_faint);
    if !register.text.is_empty() && icon_button(ui, scene.tokens, Icon::Close, &scene.t("search-clear")).clicked() {
        register.text.clear();
    }
}

/// Every action that makes sense now.
fn menu(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let button = icon_button(ui, scene.tokens, Icon::Menu, &scene.t("menu"));
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(scene.tokens.sizes.size.navigation);
        let offered = Action::ALL.iter().copied().filter(|action| scene.can(*action) && *action != Action::Search);
        let room = ui.ctx().content_rect().height() - MENU_SURROUNDINGS;
        egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
            for action in offered {
                let mut entry = egui::Button::new(scene.texts.t(&action.text_id()));
                if let Some(keys) = action.shortcut() {
                    entry = entry.shortcut_text(ui.ctx().format_shortcut(&keys));
                }
                if ui.add(entry).clicked() {
                    out.push(Intent::Act(action));
                }
            }
        });
    });
}

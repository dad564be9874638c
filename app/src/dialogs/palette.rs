//! Every action by name: type a part of it, press Enter.

use egui::{Align2, Context, Key, Modifiers, ScrollArea, TextEdit};
use enginus_model::fold;

use crate::action::Action;
use crate::parts::{Icon, muted, quiet_row};
use crate::scene::{Intent, Outbox, Scene};

/// How much of the window's height the list may take.
const LIST_SHARE: f32 = 0.5;

/// What is typed and where one stands.
#[derive(Debug, Default)]
pub(crate) struct PaletteDialog {
    text: String,
    at: usize,
}

impl PaletteDialog {
    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        let wanted = fold(&self.text);
        let fits = |action: &Action| {
            let name = fold(&scene.texts.t(&action.text_id()));
            scene.can(*action) && *action != Action::Palette && wanted.split(' ').all(|word| name.contains(word))
        };
        let found: Vec<Action> = Action::ALL.iter().copied().filter(fits).collect();
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.at += 1;
        }
        if pressed(Key::ArrowUp) {
            self.at = self.at.saturating_sub(1);
        }
        self.at = self.at.min(found.len().saturating_sub(1));
        let mut chosen = pressed(Key::Enter).then(|| found.get(self.at).copied()).flatten();
        let s = &scene.tokens.sizes;
        let list_height = ctx.content_rect().height() * LIST_SHARE;
        super::shell(ctx, scene, &scene.t("palette-title"), s.size.dialog, false, out, |ui, _| {
            let hint = scene.t("palette-hint").into_owned();
            let field = ui.name_inputs(hint.clone(), |ui| {
                ui.add(
                    TextEdit::singleline(&mut self.text)
                        .align(Align2::LEFT_CENTER)
                        .hint_text(hint)
                        .desired_width(f32::INFINITY),
                )
            });
            if !field.has_focus() {
                field.request_focus();
            }
            if field.changed() {
                self.at = 0;
            }
            if found.is_empty() {
                muted(ui, scene.tokens, scene.t("palette-nothing"));
            }
            ui.spacing_mut().item_spacing.y = s.space.hair;
            ScrollArea::vertical().max_height(list_height).min_scrolled_height(list_height).show(ui, |ui| {
                for (at, action) in found.iter().enumerate() {
                    let keys = action.shortcut().map(|keys| ctx.format_shortcut(&keys)).unwrap_or_default();
                    let row = quiet_row(
                        ui,
                        scene.tokens,
                        Icon::ChevronRight,
                        0.0,
                        &scene.texts.t(&action.text_id()),
                        &keys,
                        at == self.at,
                    );
                    if row.clicked() {
                        chosen = Some(*action);
                    }
                    if at == self.at {
                        row.scroll_to_me(None);
                    }
                }
            });
        });
        if let Some(action) = chosen {
            out.push(Intent::Close);
            out.push(Intent::Act(action));
        }
    }
}

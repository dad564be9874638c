//! The keys.

use egui::{Context, Grid};

use crate::action::Action;
use crate::parts::{Ground, badge, label, muted};
use crate::scene::{Outbox, Scene};

/// Remembers nothing.
#[derive(Debug, Default)]
pub(crate) struct HelpDialog;

impl HelpDialog {
    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        super::shell(ctx, scene, &scene.t("help-title"), s.size.dialog, false, out, |ui, _| {
            Grid::new("keys").num_columns(2).spacing([s.space.wide, s.space.small]).show(ui, |ui| {
                for action in Action::ALL {
                    if let Some(keys) = action.shortcut() {
                        badge(ui, scene.tokens, Ground::Plain, &ctx.format_shortcut(&keys));
                        muted(ui, scene.tokens, scene.texts.t(&action.text_id()));
                        ui.end_row();
                    }
                }
            });
            label(ui, scene.tokens, scene.t("help-register"));
            muted(ui, scene.tokens, scene.t("help-register-keys"));
        });
    }
}

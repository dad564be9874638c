//! What a person should know: of the project, and of this session.

use egui::{ScrollArea, Ui};
use enginus_engine::api::NoticeKind;

use crate::parts::{Ground, Icon, callout, empty, faint, heading, label, muted, strong};
use crate::scene::{Scene, Tone};

/// Shows it.
pub(crate) fn notices(ui: &mut Ui, scene: &Scene<'_>) {
    let Some(project) = scene.project else { return };
    if project.notices.is_empty() && scene.told.is_empty() {
        empty(ui, scene.tokens, Icon::Bell, &scene.t("notices-empty"), &scene.t("notices-empty-detail"), |_| ());
        return;
    }
    let s = &scene.tokens.sizes;
    ScrollArea::vertical().auto_shrink([false, false]).content_margin(s.space.large).show(ui, |ui| {
        ui.set_max_width(s.size.dialog_wide);
        heading(ui, scene.tokens, scene.t("nav-notices"));
        for notice in &project.notices {
            let (ground, title) = match notice.kind {
                NoticeKind::Quarantine => (Ground::Danger, scene.t("notice-quarantine")),
                NoticeKind::Fork => (Ground::Warn, scene.t("notice-fork")),
                NoticeKind::Waiting => (Ground::Accent, scene.t("notice-waiting")),
                NoticeKind::Trouble => (Ground::Warn, scene.t("notice-trouble")),
            };
            callout(ui, scene.tokens, ground, Icon::Alert, |ui| {
                strong(ui, scene.tokens, title);
                muted(ui, scene.tokens, scene.texts.phrase(&notice.text));
                faint(ui, scene.tokens, scene.texts.date_time(notice.at));
            });
        }
        if !scene.told.is_empty() {
            ui.add_space(s.space.medium);
            label(ui, scene.tokens, scene.t("notices-session"));
        }
        for told in scene.told.iter().rev() {
            let (ground, icon) = match told.tone {
                Tone::Good => (Ground::Ok, Icon::Check),
                Tone::Plain => (Ground::Plain, Icon::Bell),
                Tone::Bad => (Ground::Danger, Icon::Alert),
            };
            callout(ui, scene.tokens, ground, icon, |ui| {
                strong(ui, scene.tokens, &told.title);
                if !told.detail.is_empty() {
                    muted(ui, scene.tokens, &told.detail);
                }
                faint(ui, scene.tokens, scene.texts.date_time(told.at));
            });
        }
    });
}

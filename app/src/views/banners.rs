//! What stands above every page of a project: that it has ended for this device, that something waits for review.

use egui::{Align, Frame, Layout, Margin, Sense, Ui, vec2};
use enginus_engine::api::{ProjectSnapshot, ProjectState, RemovedInfo};

use crate::parts::{Ground, Icon, Push, callout, muted, strong};
use crate::scene::{Intent, Outbox, Place, Scene};

/// Shows them.
pub(crate) fn banners(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
    let waiting = project.access.waiting_for_review;
    let s = &scene.tokens.sizes;
    let margin = Margin { left: s.space.large as i8, right: s.space.large as i8, top: s.space.medium as i8, bottom: 0 };
    match &project.state {
        ProjectState::Removed(info) => {
            Frame::new().inner_margin(margin).show(ui, |ui| removed(ui, scene, info));
        }
        ProjectState::Active if waiting > 0 && !matches!(scene.place, Place::Review | Place::Keys) => {
            Frame::new().inner_margin(margin).show(ui, |ui| review(ui, scene, waiting, out));
        }
        _ => {}
    }
}

fn removed(ui: &mut Ui, scene: &Scene<'_>, info: &RemovedInfo) {
    callout(ui, scene.tokens, Ground::Accent, Icon::Lock, |ui| {
        let when = scene.texts.date_time(info.at);
        let by = [("name", info.by.as_str().into()), ("when", when.into())];
        strong(ui, scene.tokens, scene.texts.with("removed-title", &by));
        if !info.reason.is_empty() {
            muted(ui, scene.tokens, scene.texts.with("removed-why", &[("reason", info.reason.as_str().into())]));
        }
        muted(ui, scene.tokens, scene.t("removed-detail"));
    });
}

fn review(ui: &mut Ui, scene: &Scene<'_>, waiting: u64, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    let (ink, fill) = Ground::Warn.colours(scene.tokens);
    let frame = Frame::new().fill(fill).corner_radius(s.radius.medium).inner_margin(s.space.small);
    frame.show(ui, |ui| {
        let size = vec2(ui.available_width(), s.size.control);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Push::new(scene.tokens, scene.t("review-look"))).clicked() {
                out.push(Intent::Show(Place::Review));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(s.space.hair);
                let (rect, _) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), Sense::hover());
                Icon::Stamp.paint(ui.painter(), rect, ink);
                strong(ui, scene.tokens, scene.texts.counted("review-waiting", waiting as usize));
            });
        });
    });
}

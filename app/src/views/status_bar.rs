//! Bottom: how far the project is shared, and what is being done.

use egui::{Align, Layout, ProgressBar, Sense, Ui, vec2};
use enginus_engine::api::ProjectSnapshot;

use crate::parts::{Icon, faint, icon_button, link, truncated};
use crate::scene::{Intent, Outbox, Place, Scene};
use crate::tasks::{Purpose, Task};

/// How wide a bar of progress is, in points.
const BAR_WIDTH: f32 = 120.0;

/// Shows it.
pub(crate) fn status_bar(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = s.space.small;
        ui.spacing_mut().interact_size.y = s.text.body;
        if let Some(project) = scene.project {
            shared(ui, scene, project, out);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(identity) = &scene.home.identity {
                let words = match &identity.organisation {
                    Some(organisation) if !organisation.is_empty() => format!("{} · {organisation}", identity.name),
                    _ => identity.name.clone(),
                };
                faint(ui, scene.tokens, words);
            }
            // What is looked up, and a device that is waited for, show themselves where they were asked for.
            let shown = |task: &Task| !matches!(task.purpose, Purpose::Look | Purpose::AddDevice);
            for (id, task) in scene.tasks.running().filter(|(_, task)| shown(task)) {
                running(ui, scene, id, task, out);
            }
        });
    });
}

fn shared(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let sync = &project.sync;
    let equal = sync.peers.iter().filter(|peer| peer.in_sync).count();
    let connected = sync.peers.iter().filter(|peer| peer.connected).count();
    let (ink, words) = match () {
        () if sync.unsent > 0 => (c.warn, scene.texts.counted("sync-unsent", sync.unsent as usize)),
        () if equal > 0 => (c.ok, scene.texts.counted("status-in-sync", equal)),
        () if connected > 0 => (c.accent, scene.texts.counted("status-connected", connected)),
        () if sync.relays.iter().any(|relay| relay.in_sync) => (c.ok, scene.t("status-on-relay").into_owned()),
        () if sync.buckets.iter().any(|(_, problem)| problem.is_none()) => {
            (c.ok, scene.t("status-in-bucket").into_owned())
        }
        () => (c.text_faint, scene.t("status-alone").into_owned()),
    };
    let (rect, _) = ui.allocate_exact_size(vec2(s.text.small, s.text.small), Sense::hover());
    ui.painter().circle_filled(rect.center(), s.space.tight, ink);
    if link(ui, scene.tokens, words).clicked() {
        out.push(Intent::Show(Place::Sync));
    }
    if sync.transfers > 0 {
        faint(ui, scene.tokens, scene.texts.counted("status-transfers", sync.transfers as usize));
    }
    if !project.notices.is_empty()
        && link(ui, scene.tokens, scene.texts.counted("status-notices", project.notices.len())).clicked()
    {
        out.push(Intent::Show(Place::Notices));
    }
}

fn running(ui: &mut Ui, scene: &Scene<'_>, id: crate::tasks::TaskId, task: &Task, out: &mut Outbox) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = s.space.tight;
        if icon_button(ui, scene.tokens, Icon::Close, &scene.t("status-cancel")).clicked() {
            out.push(Intent::Cancel(id));
        }
        match task.fraction() {
            Some(fraction) => {
                ui.add(
                    ProgressBar::new(fraction)
                        .desired_width(BAR_WIDTH)
                        .desired_height(s.space.tight + s.space.hair)
                        .fill(c.accent),
                );
            }
            None => {
                ui.add(egui::Spinner::new().size(s.text.small).color(c.accent));
            }
        }
        let words = if task.what.is_empty() { purpose_words(scene, &task.purpose) } else { task.what.clone() };
        truncated(ui, words, s.text.small, c.text_muted);
    });
}

/// What a command is for, in words.
fn purpose_words(scene: &Scene<'_>, purpose: &Purpose) -> String {
    let words = match purpose {
        Purpose::Add | Purpose::Plan | Purpose::Revise => scene.t("doing-add"),
        Purpose::Open | Purpose::SaveAs => scene.t("doing-fetch"),
        Purpose::ExportLog | Purpose::ExportBundle => scene.t("doing-export"),
        Purpose::ImportBundle => scene.t("doing-import"),
        Purpose::Sync | Purpose::Join => scene.t("doing-sync"),
        _ => scene.t("doing-other"),
    };
    words.into_owned()
}

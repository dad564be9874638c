//! Devices, relays and buckets: who holds what this device holds.

use egui::{ScrollArea, Ui};
use enginus_engine::api::{PeerState, ProjectSnapshot};

use crate::action::Action;
use crate::parts::{Ground, Icon, Kind, Push, badge, callout, card, faint, heading, label, muted, strong, truncated};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// Shows it.
pub(crate) fn sync(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let Some(project) = scene.project else { return };
    let s = &scene.tokens.sizes;
    ScrollArea::vertical().auto_shrink([false, false]).content_margin(s.space.large).show(ui, |ui| {
        ui.set_max_width(s.size.dialog_wide);
        heading(ui, scene.tokens, scene.t("nav-sync"));
        muted(ui, scene.tokens, scene.t("sync-promise"));
        ui.add_space(s.space.small);
        let syncing = scene.tasks.running().any(|(_, task)| task.purpose == Purpose::Sync);
        ui.horizontal_wrapped(|ui| {
            let now =
                Push::new(scene.tokens, scene.t("sync-now")).icon(Icon::Sync).kind(Kind::Primary).enabled(!syncing);
            if ui.add(now).clicked() {
                out.push(Intent::Act(Action::SyncNow));
            }
            for (action, words, icon) in [
                (Action::ExportBundle, scene.t("sync-export-bundle"), Icon::Upload),
                (Action::ImportBundle, scene.t("sync-import-bundle"), Icon::Package),
            ] {
                if scene.can(action) && ui.add(Push::new(scene.tokens, words).icon(icon)).clicked() {
                    out.push(Intent::Act(action));
                }
            }
        });
        counts(ui, scene, project);
        ui.add_space(s.space.medium);
        label(ui, scene.tokens, scene.t("sync-devices"));
        if project.sync.peers.is_empty() {
            muted(ui, scene.tokens, scene.t("sync-no-devices"));
        }
        for peer in &project.sync.peers {
            card(ui, scene.tokens, |ui| device(ui, scene, peer));
        }
        ui.add_space(s.space.medium);
        super::relays::relays(ui, scene, project, out);
        ui.add_space(s.space.medium);
        label(ui, scene.tokens, scene.t("sync-buckets"));
        if project.sync.buckets.is_empty() {
            muted(ui, scene.tokens, scene.t("sync-no-buckets"));
        }
        for (address, problem) in &project.sync.buckets {
            card(ui, scene.tokens, |ui| bucket(ui, scene, address, problem.as_deref()));
        }
        if !scene.home.addresses.is_empty() {
            ui.add_space(s.space.medium);
            label(ui, scene.tokens, scene.t("sync-addresses"));
            muted(ui, scene.tokens, scene.home.addresses.join("   "));
        }
    });
}

fn counts(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot) {
    if project.sync.unsent > 0 {
        ui.add_space(scene.tokens.sizes.space.small);
        callout(ui, scene.tokens, Ground::Warn, Icon::Upload, |ui| {
            strong(ui, scene.tokens, scene.texts.counted("sync-unsent", project.sync.unsent as usize));
            muted(ui, scene.tokens, scene.t("sync-unsent-detail"));
        });
    }
    if project.sync.transfers > 0 {
        muted(ui, scene.tokens, scene.texts.counted("status-transfers", project.sync.transfers as usize));
    }
}

fn device(ui: &mut Ui, scene: &Scene<'_>, peer: &PeerState) {
    ui.horizontal_wrapped(|ui| {
        strong(ui, scene.tokens, &peer.name);
        let (ground, words) = match (peer.connected, peer.in_sync) {
            (true, true) => (Ground::Ok, scene.t("sync-in-sync")),
            (true, false) => (Ground::Accent, scene.t("sync-exchanging")),
            (false, _) => (Ground::Plain, scene.t("sync-not-connected")),
        };
        badge(ui, scene.tokens, ground, &words);
    });
    let last = peer.last_in_sync.map_or_else(
        || scene.t("sync-never").into_owned(),
        |at| scene.texts.with("sync-last", &[("when", scene.texts.date_time(at).into())]),
    );
    faint(ui, scene.tokens, format!("{last} · {}", peer.device.short()));
}

fn bucket(ui: &mut Ui, scene: &Scene<'_>, address: &str, problem: Option<&str>) {
    ui.horizontal(|ui| {
        let (ground, words) = match problem {
            None => (Ground::Ok, scene.t("sync-reachable")),
            Some(_) => (Ground::Danger, scene.t("sync-problem")),
        };
        badge(ui, scene.tokens, ground, &words);
        truncated(ui, address, scene.tokens.sizes.text.body, scene.tokens.colours.text);
    });
    if let Some(problem) = problem {
        muted(ui, scene.tokens, scene.texts.phrase(problem));
    }
}

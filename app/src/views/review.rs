//! What removed members wrote past what their removal let stand: held until somebody above them accepts it.

use std::collections::BTreeSet;

use egui::{ScrollArea, Ui};
use enginus_engine::api::{AccessAnswer, AccessCommand, Answer, Command, ReviewEntry};
use enginus_model::{Hash, ProjectId};

use super::asked::Asked;
use crate::dialogs::AcceptDialog;
use crate::parts::{Ground, Icon, Kind, Push, badge, card, empty, faint, heading, muted, strong, tick};
use crate::scene::{Outbox, Scene};

/// Numbers of documents named for one entry.
const DOCUMENTS_SHOWN: usize = 6;

/// What the page remembers.
#[derive(Debug, Default)]
pub(crate) struct Review {
    entries: Asked<(ProjectId, u64), Vec<ReviewEntry>>,
    chosen: BTreeSet<Hash>,
}

impl Review {
    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(project) = scene.project else { return };
        if project.access.waiting_for_review == 0 {
            empty(ui, scene.tokens, Icon::Stamp, &scene.t("review-empty"), &scene.t("review-empty-detail"), |_| ());
            return;
        }
        let key = (project.id, project.access.waiting_for_review);
        let command = || Command::Access(AccessCommand::Review { project: Some(project.id.to_string()) });
        let take = |answer| match answer {
            Answer::Access(AccessAnswer::Review(entries)) => Some(entries),
            _ => None,
        };
        self.entries.update(scene, key, command, take, out);
        let s = &scene.tokens.sizes;
        ScrollArea::vertical().auto_shrink([false, false]).content_margin(s.space.large).show(ui, |ui| {
            ui.set_max_width(s.size.dialog_wide);
            heading(ui, scene.tokens, scene.t("nav-review"));
            muted(ui, scene.tokens, scene.t("review-detail"));
            ui.add_space(s.space.small);
            let Some(entries) = self.entries.show(ui, scene) else { return };
            self.chosen.retain(|id| entries.iter().any(|entry| entry.id == *id && entry.may_accept));
            buttons(ui, scene, entries, &self.chosen, out);
            for entry in entries {
                card(ui, scene.tokens, |ui| one(ui, scene, entry, &mut self.chosen));
            }
        });
    }
}

fn buttons(ui: &mut Ui, scene: &Scene<'_>, entries: &[ReviewEntry], chosen: &BTreeSet<Hash>, out: &mut Outbox) {
    let acceptable: Vec<_> = entries.iter().filter(|entry| entry.may_accept).collect();
    if acceptable.is_empty() {
        muted(ui, scene.tokens, scene.t("review-others"));
        return;
    }
    let active = scene.active().is_some();
    let ids = |some: &dyn Fn(&ReviewEntry) -> bool| -> Vec<String> {
        acceptable.iter().filter(|entry| some(entry)).map(|entry| entry.id.to_string()).collect()
    };
    ui.horizontal_wrapped(|ui| {
        let words = scene.texts.counted("review-accept-chosen", chosen.len());
        let some = Push::new(scene.tokens, words).kind(Kind::Primary).enabled(active && !chosen.is_empty());
        if ui.add(some).clicked() {
            out.open(AcceptDialog::new(ids(&|entry| chosen.contains(&entry.id))));
        }
        if ui.add(Push::new(scene.tokens, scene.t("review-accept-all")).enabled(active)).clicked() {
            out.open(AcceptDialog::new(ids(&|_| true)));
        }
    });
}

fn one(ui: &mut Ui, scene: &Scene<'_>, entry: &ReviewEntry, chosen: &mut BTreeSet<Hash>) {
    let by = if entry.by.is_empty() { entry.device.short() } else { entry.by.clone() };
    let named = entry.documents.iter().take(DOCUMENTS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = entry.documents.len().saturating_sub(DOCUMENTS_SHOWN);
    ui.horizontal_wrapped(|ui| {
        if entry.may_accept {
            let mut is_chosen = chosen.contains(&entry.id);
            // The words after the box are part of the line; what is read aloud names the entry.
            let id = entry.id.short();
            let words = scene.texts.with("review-choose", &[("name", by.as_str().into()), ("id", id.into())]);
            if tick(ui, &mut is_chosen, words).changed() {
                match is_chosen {
                    true => chosen.insert(entry.id),
                    false => chosen.remove(&entry.id),
                };
            }
        } else {
            strong(ui, scene.tokens, &by);
        }
        badge(ui, scene.tokens, Ground::Plain, scene.folder_name(&entry.folder));
        if !entry.may_accept {
            badge(ui, scene.tokens, Ground::Plain, &scene.t("review-not-yours"));
        }
    });
    if named.is_empty() {
        muted(ui, scene.tokens, scene.t("review-sealed"));
    } else if more > 0 {
        let count = scene.texts.counted("review-more", more);
        muted(ui, scene.tokens, format!("{named} {count}"));
    } else {
        muted(ui, scene.tokens, named);
    }
    let received = scene.texts.date_time(entry.received);
    let device = entry.device.short();
    let words = [("when", received.into()), ("device", device.into())];
    faint(ui, scene.tokens, scene.texts.with("review-received", &words));
}

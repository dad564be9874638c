//! A further revision of a document.

use std::path::PathBuf;

use egui::Context;
use enginus_engine::api::Command;
use enginus_model::{DocumentId, RevisionCode};
use enginus_query::DocumentRow;

use super::Submit;
use crate::desk::{FoundFile, PickFor};
use crate::parts::{Field, Icon, Kind, Push, choose, icon_button, muted, strong, truncated};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct ReviseDialog {
    document: DocumentId,
    words: String,
    files: Vec<FoundFile>,
    revision: String,
    status: String,
    reason: String,
    submit: Submit,
}

impl ReviseDialog {
    /// The revision after the current one, with its status.
    #[must_use]
    pub(crate) fn new(document: &DocumentRow) -> Self {
        let next =
            document.current().map_or_else(RevisionCode::first, |revision| RevisionCode::new(&revision.code).next());
        Self {
            document: document.id,
            words: format!("{} · {}", document.number, document.title),
            files: Vec::new(),
            revision: next.as_str().to_owned(),
            status: document.current().map(|revision| revision.status.to_string()).unwrap_or_default(),
            reason: String::new(),
            submit: Submit::default(),
        }
    }

    /// Takes files in; the first is the primary one.
    pub(crate) fn take(&mut self, files: Vec<FoundFile>) {
        for file in files {
            if !self.files.iter().any(|known| known.path == file.path) {
                self.files.push(file);
            }
        }
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.answer(scene).is_some() {
            out.push(Intent::Close);
        }
        let Some(project) = scene.project else { return };
        super::shell(ctx, scene, &scene.t("revise-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            strong(ui, scene.tokens, &self.words);
            self.file_list(ui, scene, out);
            ui.columns(2, |columns| {
                Field::new(scene.tokens, &scene.t("column-revision")).show(&mut columns[0], &mut self.revision);
                let none = (String::new(), scene.t("status-none").into_owned());
                let known = project
                    .statuses
                    .iter()
                    .map(|(code, names)| (code.clone(), format!("{code} · {}", scene.texts.pick(names))));
                let choices: Vec<_> = [none].into_iter().chain(known).collect();
                choose(
                    &mut columns[1],
                    scene.tokens,
                    "revise status",
                    &scene.t("column-status"),
                    true,
                    &mut self.status,
                    &choices,
                );
            });
            Field::new(scene.tokens, &scene.t("reason")).note(scene.t("reason-note")).show(ui, &mut self.reason);
            let ready = !self.files.is_empty() && !self.reason.trim().is_empty();
            if self.submit.footer(ui, scene, &scene.t("revise-send"), Kind::Primary, ready, out) {
                let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                let command = Command::DocRevise {
                    project: Some(project.id.to_string()),
                    number: self.document.to_string(),
                    files: self.files.iter().map(|file| PathBuf::from(&file.path)).collect(),
                    revision: said(&self.revision),
                    status: said(&self.status),
                    reason: self.reason.trim().to_owned(),
                };
                self.submit.send(command, Purpose::Revise, out);
            }
        });
    }

    fn file_list(&mut self, ui: &mut egui::Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        let mut gone = None;
        for (at, file) in self.files.iter().enumerate() {
            let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            ui.horizontal(|ui| {
                let words = scene.texts.with("add-leave-out", &[("name", name.as_str().into())]);
                if icon_button(ui, scene.tokens, Icon::Close, &words).clicked() {
                    gone = Some(at);
                }
                truncated(
                    ui,
                    format!("{name} · {}", scene.texts.bytes(file.size)),
                    s.text.body,
                    scene.tokens.colours.text_muted,
                );
            });
        }
        if let Some(at) = gone {
            self.files.remove(at);
        }
        if self.files.is_empty() {
            muted(ui, scene.tokens, scene.t("revise-no-file"));
        }
        if ui.add(Push::new(scene.tokens, scene.t("add-choose-files")).icon(Icon::Document)).clicked() {
            out.push(Intent::Pick(PickFor::Revise));
        }
    }
}

//! A document that has no file yet.

use egui::Context;
use enginus_engine::api::{Command, NewDocument};
use enginus_model::DomainId;

use super::Submit;
use crate::parts::{Field, Kind, choose, muted};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug, Default)]
pub(crate) struct PlanDialog {
    folder: Option<DomainId>,
    number: String,
    title: String,
    planned: String,
    reason: String,
    submit: Submit,
}

impl PlanDialog {
    /// Into `folder`, when it is known.
    #[must_use]
    pub(crate) fn new(folder: Option<DomainId>) -> Self {
        Self { folder, ..Self::default() }
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.answer(scene).is_some() {
            out.push(Intent::Close);
        }
        let Some(project) = scene.project else { return };
        let writable: Vec<_> = project.folders.iter().filter(|folder| folder.may_write).collect();
        if !writable.iter().any(|folder| Some(folder.domain) == self.folder) {
            self.folder = writable.first().map(|folder| folder.domain);
        }
        super::shell(ctx, scene, &scene.t("plan-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            muted(ui, scene.tokens, scene.t("plan-detail"));
            let choices: Vec<_> = writable
                .iter()
                .map(|folder| (Some(folder.domain), scene.texts.pick(&folder.names).to_owned()))
                .collect();
            choose(ui, scene.tokens, "plan folder", &scene.t("add-folder"), true, &mut self.folder, &choices);
            Field::new(scene.tokens, &scene.t("column-number")).show(ui, &mut self.number);
            Field::new(scene.tokens, &scene.t("column-title")).show(ui, &mut self.title);
            Field::new(scene.tokens, &scene.t("column-planned_date"))
                .hint(scene.t("plan-date-hint"))
                .show(ui, &mut self.planned);
            Field::new(scene.tokens, &scene.t("reason")).note(scene.t("reason-note")).show(ui, &mut self.reason);
            let ready = [&self.number, &self.title, &self.reason].iter().all(|text| !text.trim().is_empty());
            if self.submit.footer(ui, scene, &scene.t("plan-send"), Kind::Primary, ready, out) {
                let Some(folder) = writable.iter().find(|folder| Some(folder.domain) == self.folder) else { return };
                let planned = self.planned.trim();
                let document = NewDocument {
                    number: self.number.trim().to_owned(),
                    title: self.title.trim().to_owned(),
                    subfolder: String::new(),
                    fields: if planned.is_empty() {
                        Vec::new()
                    } else {
                        vec![("planned_date".to_owned(), planned.to_owned())]
                    },
                };
                let command = Command::DocPlan {
                    project: Some(project.id.to_string()),
                    folder: folder.slug.clone(),
                    documents: vec![document],
                    reason: self.reason.trim().to_owned(),
                };
                self.submit.send(command, Purpose::Plan, out);
            }
        });
    }
}

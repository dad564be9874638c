//! A project: its name, what it is made after, its language, and where its files are kept besides the devices.

use std::path::Path;

use egui::{Context, Ui};
use enginus_engine::api::{Answer, Command};
use enginus_model::{Language, Template};

use super::Submit;
use crate::desk::PickFor;
use crate::parts::{Field, Icon, Kind, Push, choose, icon_button, label, muted, truncated};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct CreateDialog {
    name: String,
    templates: Vec<Template>,
    template: String,
    language: Language,
    buckets: Vec<String>,
    address: String,
    relay: String,
    submit: Submit,
}

impl CreateDialog {
    /// After the first template, in the person's own language.
    #[must_use]
    pub(crate) fn new(language: Language) -> Self {
        let templates = Template::all();
        Self {
            name: String::new(),
            template: templates.first().map(|template| template.id.clone()).unwrap_or_default(),
            templates,
            language,
            buckets: Vec::new(),
            address: String::new(),
            relay: String::new(),
            submit: Submit::default(),
        }
    }

    /// Takes a folder in as bucket.
    pub(crate) fn take_bucket(&mut self, folder: &Path) {
        if let Ok(address) = url::Url::from_directory_path(folder) {
            self.buckets.push(address.to_string());
        }
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if let Some(Answer::Project(project)) = self.submit.answer(scene) {
            out.push(Intent::ChooseProject(project.summary.id));
            out.push(Intent::Close);
        }
        super::shell(ctx, scene, &scene.t("create-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            Field::new(scene.tokens, &scene.t("create-name"))
                .hint(scene.t("create-name-hint"))
                .show(ui, &mut self.name);
            let language = scene.texts.language;
            let templates: Vec<_> =
                self.templates.iter().map(|one| (one.id.clone(), one.name.get(language).to_owned())).collect();
            choose(ui, scene.tokens, "template", &scene.t("create-template"), true, &mut self.template, &templates);
            if let Some(template) = self.templates.iter().find(|template| template.id == self.template) {
                muted(ui, scene.tokens, template.description.get(language));
            }
            let languages = [
                (Language::En, scene.t("language-english").into_owned()),
                (Language::Tr, scene.t("language-turkish").into_owned()),
            ];
            choose(ui, scene.tokens, "language", &scene.t("create-language"), true, &mut self.language, &languages);
            self.bucket_list(ui, scene, out);
            Field::new(scene.tokens, &scene.t("create-relay"))
                .hint("relay://…@relay.example:4430")
                .note(scene.t("create-relay-note"))
                .show(ui, &mut self.relay);
            let ready = !self.name.trim().is_empty();
            if self.submit.footer(ui, scene, &scene.t("create-send"), Kind::Primary, ready, out) {
                let typed = Some(self.address.trim().to_owned()).filter(|address| !address.is_empty());
                let command = Command::ProjectCreate {
                    name: self.name.trim().to_owned(),
                    template: self.template.clone(),
                    buckets: self.buckets.iter().cloned().chain(typed).collect(),
                    relays: Some(self.relay.trim().to_owned()).filter(|relay| !relay.is_empty()).into_iter().collect(),
                    language: self.language.code().to_owned(),
                };
                self.submit.send(command, Purpose::CreateProject, out);
            }
        });
    }

    fn bucket_list(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        let mut gone = None;
        if !self.buckets.is_empty() {
            label(ui, scene.tokens, scene.t("create-buckets"));
        }
        for (at, bucket) in self.buckets.iter().enumerate() {
            ui.horizontal(|ui| {
                let words = scene.texts.with("add-leave-out", &[("name", bucket.as_str().into())]);
                if icon_button(ui, scene.tokens, Icon::Close, &words).clicked() {
                    gone = Some(at);
                }
                truncated(ui, bucket, s.text.body, scene.tokens.colours.text_muted);
            });
        }
        if let Some(at) = gone {
            self.buckets.remove(at);
        }
        Field::new(scene.tokens, &scene.t("create-bucket"))
            .hint("s3://bucket/prefix")
            .note(scene.t("create-bucket-note"))
            .show(ui, &mut self.address);
        if ui.add(Push::new(scene.tokens, scene.t("create-bucket-folder")).icon(Icon::Folder)).clicked() {
            out.push(Intent::Pick(PickFor::Bucket));
        }
    }
}

//! What a view looks up with a command: once, and again whenever what it depends on changed.

use egui::Ui;
use enginus_engine::api::{Answer, Command};

use crate::dialogs::Submit;
use crate::parts::{Icon, Push, failure_callout, spinner_line};
use crate::scene::{Outbox, Scene};
use crate::tasks::Purpose;

/// The answer to a question, as it was last given.
#[derive(Debug)]
pub(crate) struct Asked<K, T> {
    key: Option<K>,
    submit: Submit,
    found: Option<T>,
}

impl<K, T> Default for Asked<K, T> {
    fn default() -> Self {
        Self { key: None, submit: Submit::default(), found: None }
    }
}

impl<K: PartialEq, T> Asked<K, T> {
    /// Takes in what came, and asks where `key` is another than last time.
    pub(crate) fn update(
        &mut self,
        scene: &Scene<'_>,
        key: K,
        command: impl FnOnce() -> Command,
        take: impl FnOnce(Answer) -> Option<T>,
        out: &mut Outbox,
    ) {
        if let Some(found) = self.submit.answer(scene).and_then(take) {
            self.found = Some(found);
        }
        if self.key.as_ref() != Some(&key) && !self.submit.is_running() {
            self.key = Some(key);
            self.submit.send(command(), Purpose::Look, out);
        }
    }

    /// Asks again.
    pub(crate) fn again(&mut self) {
        self.key = None;
    }

    /// The answer; before there is one a wheel, or the refusal with a way to ask again.
    pub(crate) fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>) -> Option<&T> {
        if let Some(failure) = self.submit.failure() {
            failure_callout(ui, scene.tokens, scene.texts, failure);
            if ui.add(Push::new(scene.tokens, scene.t("opening-retry")).icon(Icon::Restore)).clicked() {
                self.key = None;
            }
        } else if self.found.is_none() {
            spinner_line(ui, scene.tokens, &scene.t("asked-working"));
        }
        self.found.as_ref()
    }
}

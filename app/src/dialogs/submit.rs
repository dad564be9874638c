//! Sending a form off: once, with a wheel while it is under way and the refusal in place when it is refused.

use egui::{Context, Key, Modifiers, Ui};
use enginus_engine::api::{Answer, Command, Failure};

use crate::parts::{Kind, Push, failure_callout, spinner_line};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::{Purpose, TaskId};

/// How a form's command stands.
#[derive(Debug, Default)]
pub(crate) struct Submit {
    task: Option<TaskId>,
    failure: Option<Failure>,
}

impl Submit {
    /// Whether it is under way.
    pub(crate) const fn is_running(&self) -> bool {
        self.task.is_some()
    }

    /// Sends it.
    pub(crate) fn send(&mut self, command: Command, purpose: Purpose, out: &mut Outbox) {
        self.failure = None;
        self.task = Some(out.run(command, purpose));
    }

    /// What came back, once.
    pub(crate) fn answer(&mut self, scene: &Scene<'_>) -> Option<Answer> {
        let result = scene.tasks.get(self.task?)?.result.clone()?;
        self.task = None;
        result.map_err(|failure| self.failure = Some(failure)).ok()
    }

    /// What came back, once; it is secret and is wiped from the list of commands.
    pub(crate) fn secret_answer(&mut self, scene: &Scene<'_>, out: &mut Outbox) -> Option<Answer> {
        let id = self.task?;
        let answer = self.answer(scene);
        if self.task.is_none() {
            out.push(Intent::Forget(id));
        }
        answer
    }

    /// The command that is under way.
    pub(crate) const fn task(&self) -> Option<TaskId> {
        self.task
    }

    /// Why it was refused.
    pub(crate) const fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether it was sent and came back with nothing to do but say so.
    pub(crate) fn went_well(&mut self, scene: &Scene<'_>) -> bool {
        self.answer(scene).is_some()
    }

    /// The refusal and the wheel, for a form with buttons of its own.
    pub(crate) fn failure_and_wheel(&self, ui: &mut Ui, scene: &Scene<'_>) {
        if let Some(failure) = &self.failure {
            failure_callout(ui, scene.tokens, scene.texts, failure);
        }
        if self.is_running() {
            spinner_line(ui, scene.tokens, &scene.t("dialog-working"));
        }
    }

    /// The refusal, the wheel, and the buttons. Answers whether the form is to be sent: its button, or Ctrl+Enter.
    pub(crate) fn footer(
        &self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        words: &str,
        kind: Kind,
        ready: bool,
        out: &mut Outbox,
    ) -> bool {
        if let Some(failure) = &self.failure {
            failure_callout(ui, scene.tokens, scene.texts, failure);
        }
        let mut send = false;
        super::buttons(ui, scene, |ui| {
            let ready = ready && !self.is_running();
            send = ui.add(Push::new(scene.tokens, words).kind(kind).enabled(ready)).clicked()
                || (ready && sent_by_key(ui.ctx()));
            let cancel = Push::new(scene.tokens, scene.t("dialog-cancel"));
            if ui.add(cancel).clicked() {
                out.intents.extend(self.task.map(Intent::Cancel));
                out.push(Intent::Close);
            }
            if self.is_running() {
                spinner_line(ui, scene.tokens, &scene.t("dialog-working"));
            }
        });
        send
    }
}

fn sent_by_key(ctx: &Context) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter))
}

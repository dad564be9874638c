//! Who somebody is: a new person, one who has their 24 words, or a further device of one.

use egui::Ui;
use enginus_engine::api::{Command, SessionCommand};

use crate::dialogs::{Submit, buttons};
use crate::parts::{Field, Kind, Push, SecretText, card, faint, heading, muted, secret_lines};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

const WORDS: usize = 24;
/// How long a new device waits for the projects, in milliseconds.
const PROJECTS_WAIT_MS: u64 = 20_000;

/// What is being filled in. Name, organisation and address stay when another way is chosen.
#[derive(Debug, Default)]
pub(super) struct Forms {
    name: String,
    organisation: String,
    email: String,
    words: SecretText,
    code: SecretText,
    device: String,
    submit: Submit,
}

impl Forms {
    /// Takes the answer in; who the person is comes with the next snapshot.
    pub(super) fn take_answer(&mut self, scene: &Scene<'_>) {
        if self.submit.went_well(scene) {
            self.words.clear();
            self.code.clear();
        }
    }

    /// A new person.
    pub(super) fn new_person(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        self.form(ui, scene, |this, ui| {
            heading(ui, scene.tokens, scene.t("first-who"));
            this.who(ui, scene);
            let ready = !this.name.trim().is_empty();
            if this.send(ui, scene, &scene.t("first-send"), ready, out) {
                let command = Command::Init {
                    name: this.name.trim().to_owned(),
                    organisation: said(&this.organisation),
                    email: said(&this.email),
                };
                this.submit.send(command, Purpose::Identity, out);
            }
        });
    }

    /// Somebody with their 24 words.
    pub(super) fn recovery(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        self.form(ui, scene, |this, ui| {
            heading(ui, scene.tokens, scene.t("first-words-title"));
            muted(ui, scene.tokens, scene.t("first-words-detail"));
            let typed = this.words.as_str().split_whitespace().count();
            let count = [("typed", typed.into()), ("all", WORDS.into())];
            let note = scene.texts.with("first-words-count", &count);
            secret_lines(ui, scene.tokens, &scene.t("first-words"), &note, 4, &mut this.words);
            this.who(ui, scene);
            let ready = !this.name.trim().is_empty() && typed == WORDS;
            if this.send(ui, scene, &scene.t("first-words-send"), ready, out) {
                let command = SessionCommand::Recover {
                    phrase: this.words.trimmed(),
                    name: this.name.trim().to_owned(),
                    organisation: said(&this.organisation),
                    email: said(&this.email),
                };
                this.submit.send(Command::Session(command), Purpose::Identity, out);
            }
        });
    }

    /// A further device of somebody.
    pub(super) fn second_device(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        self.form(ui, scene, |this, ui| {
            heading(ui, scene.tokens, scene.t("first-device-title"));
            muted(ui, scene.tokens, scene.t("first-device-detail"));
            secret_lines(ui, scene.tokens, &scene.t("device-code"), "enginus-device1…", 4, &mut this.code);
            let note = scene.t("first-device-name-note");
            Field::new(scene.tokens, &scene.t("first-device-name")).note(note).show(ui, &mut this.device);
            let ready = !this.code.as_str().trim().is_empty();
            if this.send(ui, scene, &scene.t("first-device-send"), ready, out) {
                let command = SessionCommand::DeviceJoin {
                    code: this.code.trimmed(),
                    device_name: said(&this.device),
                    wait_ms: PROJECTS_WAIT_MS,
                };
                this.submit.send(Command::Session(command), Purpose::Identity, out);
            }
        });
    }

    fn form(&mut self, ui: &mut Ui, scene: &Scene<'_>, contents: impl FnOnce(&mut Self, &mut Ui)) {
        card(ui, scene.tokens, |ui| {
            ui.spacing_mut().item_spacing.y = scene.tokens.sizes.space.medium;
            contents(self, ui);
        });
    }

    fn who(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        Field::new(scene.tokens, &scene.t("first-name")).show(ui, &mut self.name);
        Field::new(scene.tokens, &scene.t("first-organisation")).show(ui, &mut self.organisation);
        Field::new(scene.tokens, &scene.t("first-email")).show(ui, &mut self.email);
        faint(ui, scene.tokens, scene.t("first-note"));
    }

    /// The refusal, the wheel and the buttons. Answers whether the form is to be sent.
    fn send(&self, ui: &mut Ui, scene: &Scene<'_>, words: &str, ready: bool, out: &mut Outbox) -> bool {
        let mut send = false;
        self.submit.failure_and_wheel(ui, scene);
        buttons(ui, scene, |ui| {
            let ready = ready && !self.submit.is_running();
            send = ui.add(Push::new(scene.tokens, words).kind(Kind::Primary).enabled(ready)).clicked();
            if let Some(task) = self.submit.task()
                && ui.add(Push::new(scene.tokens, scene.t("dialog-cancel"))).clicked()
            {
                out.push(Intent::Cancel(task));
            }
        });
        send
    }
}

/// What was written, where something was.
fn said(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

//! The 24 words: shown to be written down, then three of them asked for.

use egui::{Context, Ui};
use enginus_engine::api::{Answer, Command, LockState, Secret, SessionAnswer, SessionCommand};

use crate::dialogs::{Submit, buttons, scrolling, shell};
use crate::parts::{
    Ground, Icon, Kind, Push, SecretText, callout, faint, muted, secret_field, secret_word, spinner_line, strong,
};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// How many words are asked for, one of each part of the list.
const ASKED: usize = 3;
const WORDS: usize = 24;
/// How many stand beside each other.
const COLUMNS: usize = 4;

/// What is shown, and what is typed again.
#[derive(Debug)]
pub(crate) struct WordsDialog {
    /// Right after the identity was made.
    is_first: bool,
    passphrase: SecretText,
    asked: bool,
    ask: Submit,
    words: Option<Secret>,
    confirmed: bool,
    checking: bool,
    positions: [u8; ASKED],
    typed: [SecretText; ASKED],
    confirm: Submit,
}

impl WordsDialog {
    /// Shows them for the first time, or again.
    #[must_use]
    pub(crate) fn new(is_first: bool) -> Self {
        Self {
            is_first,
            passphrase: SecretText::default(),
            asked: false,
            ask: Submit::default(),
            words: None,
            confirmed: false,
            checking: false,
            positions: [1; ASKED],
            typed: Default::default(),
            confirm: Submit::default(),
        }
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        let needs_passphrase = matches!(scene.home.session.lock, LockState::Unlocked { .. });
        if !self.asked && !needs_passphrase {
            self.look(None, out);
        }
        let answer = self.ask.secret_answer(scene, out);
        if let Some(Answer::Session(SessionAnswer::Phrase { words, confirmed })) = answer {
            (self.words, self.confirmed) = (Some(words), confirmed);
        }
        if self.confirm.went_well(scene) {
            out.push(Intent::Close);
        }
        let words = self.words.clone();
        let title = if self.checking { scene.t("words-check-title") } else { scene.t("words-title") };
        let width = scene.tokens.sizes.size.dialog;
        shell(ctx, scene, &title, width, false, out, |ui, out| match words {
            Some(_) if self.checking => self.check(ui, scene, out),
            Some(words) => self.list(ui, scene, &words, out),
            None => self.before(ui, scene, needs_passphrase, out),
        });
    }

    fn look(&mut self, passphrase: Option<Secret>, out: &mut Outbox) {
        self.asked = true;
        self.ask.send(Command::Session(SessionCommand::Phrase { passphrase }), Purpose::Look, out);
    }

    /// The passphrase first, where there is one.
    fn before(&mut self, ui: &mut Ui, scene: &Scene<'_>, needs_passphrase: bool, out: &mut Outbox) {
        if !needs_passphrase {
            if self.ask.is_running() {
                spinner_line(ui, scene.tokens, &scene.t("dialog-working"));
                return;
            }
            if self.ask.footer(ui, scene, &scene.t("opening-retry"), Kind::Primary, true, out) {
                self.look(None, out);
            }
            return;
        }
        muted(ui, scene.tokens, scene.t("words-passphrase-detail"));
        let name = scene.t("passphrase");
        let field = secret_field(ui, scene.tokens, &name, "", &mut self.passphrase);
        let by_key = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) && !by_key {
            field.request_focus();
        }
        let ready = !self.passphrase.is_empty();
        if self.ask.footer(ui, scene, &scene.t("words-show"), Kind::Primary, ready, out) || (by_key && ready) {
            let passphrase = self.passphrase.secret();
            self.passphrase.clear();
            self.look(Some(passphrase), out);
        }
    }

    fn list(&mut self, ui: &mut Ui, scene: &Scene<'_>, words: &Secret, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        scrolling(ui, |ui| {
            muted(ui, scene.tokens, scene.t("words-detail"));
            callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
                muted(ui, scene.tokens, scene.t("words-secret"));
            });
            egui::Frame::new()
                .fill(scene.tokens.colours.sunken)
                .corner_radius(s.radius.medium)
                .inner_margin(s.space.medium)
                .show(ui, |ui| grid(ui, scene, words));
        });
        buttons(ui, scene, |ui| {
            if self.confirmed {
                if ui.add(Push::new(scene.tokens, scene.t("dialog-close")).kind(Kind::Primary)).clicked() {
                    out.push(Intent::Close);
                }
                return;
            }
            if ui.add(Push::new(scene.tokens, scene.t("words-written")).kind(Kind::Primary)).clicked() {
                self.checking = true;
                self.positions = positions(scene.now.0);
            }
            later(ui, scene, self.is_first, out);
        });
    }

    fn check(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        muted(ui, scene.tokens, scene.t("words-check-detail"));
        ui.columns(ASKED, |columns| {
            for (at, ui) in columns.iter_mut().enumerate() {
                let name = scene.texts.with("words-word", &[("position", self.positions[at].into())]);
                let field = secret_word(ui, scene.tokens, &name, &mut self.typed[at]);
                if at == 0 && ui.memory(|memory| memory.focused().is_none()) && self.typed[0].is_empty() {
                    field.request_focus();
                }
            }
        });
        self.confirm.failure_and_wheel(ui, scene);
        buttons(ui, scene, |ui| {
            let ready = self.typed.iter().all(|word| !word.as_str().trim().is_empty()) && !self.confirm.is_running();
            let send = Push::new(scene.tokens, scene.t("words-confirm")).kind(Kind::Primary).enabled(ready);
            let by_key = ready && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if ui.add(send).clicked() || by_key {
                let words = self.positions.iter().copied().zip(self.typed.iter().map(SecretText::trimmed)).collect();
                let command = Command::Session(SessionCommand::ConfirmPhrase { words });
                self.confirm.send(command, Purpose::ConfirmWords, out);
            }
            if ui.add(Push::new(scene.tokens, scene.t("words-again"))).clicked() {
                self.checking = false;
                self.typed.iter_mut().for_each(SecretText::clear);
            }
            later(ui, scene, self.is_first, out);
        });
    }
}

fn later(ui: &mut Ui, scene: &Scene<'_>, is_first: bool, out: &mut Outbox) {
    let words = if is_first { scene.t("words-later") } else { scene.t("dialog-close") };
    if ui.add(Push::new(scene.tokens, words).kind(Kind::Quiet)).clicked() {
        out.push(Intent::Close);
    }
}

/// The words with their numbers, in columns to be read downwards.
fn grid(ui: &mut Ui, scene: &Scene<'_>, words: &Secret) {
    let words: Vec<&str> = words.reveal().split(' ').collect();
    let rows = words.len().div_ceil(COLUMNS);
    ui.columns(COLUMNS, |columns| {
        for (column, ui) in columns.iter_mut().enumerate() {
            ui.spacing_mut().item_spacing.y = scene.tokens.sizes.space.tight;
            for (at, word) in words.iter().enumerate().skip(column * rows).take(rows) {
                ui.horizontal(|ui| {
                    let width = scene.tokens.sizes.space.wide;
                    ui.allocate_ui_with_layout(
                        egui::vec2(width, scene.tokens.sizes.size.icon),
                        egui::Layout::right_to_left(egui::Align::Center),
                        |ui| faint(ui, scene.tokens, (at + 1).to_string()),
                    );
                    strong(ui, scene.tokens, *word);
                });
            }
        }
    });
}

/// One position of each third of the list; which ones is chosen by the time, so that nobody learns three words by heart.
fn positions(now: i64) -> [u8; ASKED] {
    const THIRD: u64 = (WORDS / ASKED) as u64;
    let mut left = now.unsigned_abs() / 7;
    std::array::from_fn(|third| {
        let within = left % THIRD;
        left /= THIRD;
        (third as u64 * THIRD + within + 1) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_of_each_third_is_asked_for() {
        for now in [0, 1_795_161_600_000, 1_795_161_612_345, -5, i64::MAX] {
            let asked = positions(now);
            assert!((1..=8).contains(&asked[0]) && (9..=16).contains(&asked[1]) && (17..=24).contains(&asked[2]));
        }
        assert_ne!(positions(1_795_161_600_000), positions(1_795_161_600_007));
    }
}

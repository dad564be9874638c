//! The person's own keys: the 24 words, the passphrase, devices, the contact card.

mod devices;

use egui::{ScrollArea, Ui};
use enginus_engine::api::{Command, LockState, SessionCommand};

use self::devices::Devices;
use crate::action::Action;
use crate::dialogs::{PassphraseDialog, WordsDialog};
use crate::parts::{Ground, Icon, Kind, Push, badge, card, choose, heading, muted, strong};
use crate::scene::{Intent, Outbox, Place, Scene};
use crate::tasks::Purpose;

/// After how many minutes the keys may lock by themselves.
const AUTO_LOCK_MINUTES: [u32; 6] = [1, 5, 15, 30, 60, 240];

/// What the page remembers.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    devices: Devices,
}

impl Keys {
    /// One of the person's devices came or went: they are asked for again.
    pub(crate) fn devices_changed(&mut self) {
        self.devices.again();
    }

    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        ScrollArea::vertical().id_salt("keys").auto_shrink([false, false]).content_margin(s.space.large).show(
            ui,
            |ui| {
                ui.set_max_width(s.size.dialog_wide);
                ui.horizontal(|ui| {
                    if scene.project.is_none() {
                        let back =
                            Push::new(scene.tokens, scene.t("keys-back")).kind(Kind::Quiet).icon(Icon::ChevronLeft);
                        if ui.add(back).clicked() {
                            out.push(Intent::Show(Place::default()));
                        }
                    }
                    heading(ui, scene.tokens, scene.t("nav-keys"));
                });
                muted(ui, scene.tokens, scene.t("keys-detail"));
                ui.add_space(s.space.small);
                card(ui, scene.tokens, |ui| words(ui, scene, out));
                card(ui, scene.tokens, |ui| passphrase(ui, scene, out));
                card(ui, scene.tokens, |ui| self.devices.ui(ui, scene, out));
                card(ui, scene.tokens, |ui| others(ui, scene, out));
            },
        );
    }
}

fn title(ui: &mut Ui, scene: &Scene<'_>, words: &str, ground: Ground, state: &str) {
    ui.horizontal(|ui| {
        strong(ui, scene.tokens, words);
        badge(ui, scene.tokens, ground, state);
    });
}

fn words(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let (ground, state) = match scene.home.session.phrase_confirmed {
        true => (Ground::Ok, scene.t("keys-words-confirmed")),
        false => (Ground::Warn, scene.t("keys-words-open")),
    };
    title(ui, scene, &scene.t("keys-words"), ground, &state);
    muted(ui, scene.tokens, scene.t("keys-words-detail"));
    let kind = if scene.home.session.phrase_confirmed { Kind::Plain } else { Kind::Primary };
    if ui.add(Push::new(scene.tokens, scene.t("keys-words-show")).icon(Icon::Eye).kind(kind)).clicked() {
        out.open(WordsDialog::new(false));
    }
}

fn passphrase(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    let LockState::Unlocked { auto_lock_minutes } = scene.home.session.lock else {
        without_passphrase(ui, scene, out);
        return;
    };
    title(ui, scene, &scene.t("passphrase"), Ground::Ok, &scene.t("keys-protected"));
    muted(ui, scene.tokens, scene.t("keys-protected-detail"));
    ui.horizontal_wrapped(|ui| {
        if ui.add(Push::new(scene.tokens, scene.t("keys-lock")).icon(Icon::Lock).kind(Kind::Primary)).clicked() {
            out.push(Intent::Act(Action::LockNow));
        }
        if ui.add(Push::new(scene.tokens, scene.t("keys-passphrase-change")).icon(Icon::Edit)).clicked() {
            out.open(PassphraseDialog::change());
        }
        if ui.add(Push::new(scene.tokens, scene.t("keys-passphrase-remove")).kind(Kind::Quiet)).clicked() {
            out.open(PassphraseDialog::remove());
        }
    });
    ui.add_space(s.space.tight);
    let mut chosen = auto_lock_minutes;
    let mut choices: Vec<_> = AUTO_LOCK_MINUTES.into_iter().chain(auto_lock_minutes).collect();
    choices.sort_unstable();
    choices.dedup();
    let mut choices: Vec<_> = choices
        .into_iter()
        .map(|minutes| (Some(minutes), scene.texts.counted("keys-auto-lock-minutes", minutes as usize)))
        .collect();
    choices.push((None, scene.t("keys-auto-lock-never").into_owned()));
    ui.scope(|ui| {
        ui.set_max_width(s.size.dialog * 0.5);
        let name = scene.t("keys-auto-lock");
        if choose(ui, scene.tokens, "auto lock", &name, true, &mut chosen, &choices) {
            let command = Command::Session(SessionCommand::SetAutoLock { minutes: chosen });
            out.run(command, Purpose::AutoLock);
        }
    });
}

fn without_passphrase(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let in_keyring = scene.home.session.lock == LockState::InKeyring;
    let (ground, state, detail) = match in_keyring {
        true => (Ground::Ok, scene.t("keys-in-keyring"), scene.t("keys-in-keyring-detail")),
        false => (Ground::Warn, scene.t("keys-unprotected"), scene.t("keys-unprotected-detail")),
    };
    title(ui, scene, &scene.t("passphrase"), ground, &state);
    muted(ui, scene.tokens, detail);
    ui.horizontal_wrapped(|ui| {
        if ui.add(Push::new(scene.tokens, scene.t("keys-passphrase-set")).icon(Icon::Lock)).clicked() {
            out.open(PassphraseDialog::set(false));
        }
        let busy = scene.tasks.running().any(|(_, task)| task.purpose == Purpose::Keyring);
        let keyring = Push::new(scene.tokens, scene.t("keys-use-keyring")).icon(Icon::Key);
        if !in_keyring && ui.add_enabled(!busy, keyring).clicked() {
            out.run(Command::Session(SessionCommand::UseKeyring { passphrase: None }), Purpose::Keyring);
        }
    });
}

fn others(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    strong(ui, scene.tokens, scene.t("keys-others"));
    muted(ui, scene.tokens, scene.t("keys-others-detail"));
    ui.horizontal_wrapped(|ui| {
        if ui.add(Push::new(scene.tokens, scene.t("keys-contact")).icon(Icon::Members)).clicked() {
            out.push(Intent::Act(Action::ContactCard));
        }
        if ui.add(Push::new(scene.tokens, scene.t("keys-recover")).icon(Icon::Restore)).clicked() {
            out.push(Intent::Act(Action::RecoverProjects));
        }
    });
}

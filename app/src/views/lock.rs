//! The window while the keys are locked: nothing of any project is behind it.

use std::time::Duration;

use egui::{Align, Key, Layout, Ui, vec2};
use enginus_engine::api::{Command, FailureKind, LockState, SessionCommand};

use super::top_bar::looks;
use crate::dialogs::Submit;
use crate::parts::{
    Ground, Icon, Kind, Push, SecretText, callout, display, failure_callout, muted, secret_field, spinner_line, strong,
};
use crate::scene::{Outbox, Scene};
use crate::tasks::Purpose;

/// What is being typed.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    passphrase: SecretText,
    submit: Submit,
}

impl Lock {
    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        let bar = egui::Frame::new().inner_margin(egui::Margin::symmetric(s.space.large as i8, 0));
        egui::Panel::top("lock top")
            .exact_size(s.size.top_bar)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar)
            .show(ui, |ui| ui.with_layout(Layout::right_to_left(Align::Center), |ui| looks(ui, scene, out)));
        egui::CentralPanel::no_frame().show(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Center), |ui| {
                ui.add_space((ui.available_height() * 0.2).max(s.space.wide));
                ui.allocate_ui_with_layout(vec2(s.size.page * 0.74, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(s.size.page * 0.74);
                    self.form(ui, scene, out);
                });
            });
        });
    }

    fn form(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        let (rect, _) = ui.allocate_exact_size(vec2(s.space.huge, s.space.huge), egui::Sense::hover());
        Icon::Lock.paint(ui.painter(), rect, scene.tokens.colours.accent);
        display(ui, scene.tokens, scene.t("lock-title"));
        let LockState::Locked { wait_until } = scene.home.session.lock else {
            spinner_line(ui, scene.tokens, &scene.t("lock-working"));
            return;
        };
        let _ = self.submit.answer(scene);
        let whose = scene.home.identity.as_ref().map_or_else(
            || scene.t("lock-detail").into_owned(),
            |identity| scene.texts.with("lock-whose", &[("name", identity.name.as_str().into())]),
        );
        muted(ui, scene.tokens, whose);
        ui.add_space(s.space.small);
        let left = wait_until.map_or(0, |until| until.0.saturating_sub(scene.now.0).max(0));
        if left > 0 {
            ui.ctx().request_repaint_after(Duration::from_millis(250));
        }
        let field = secret_field(ui, scene.tokens, &scene.t("passphrase"), "", &mut self.passphrase);
        let by_key = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if by_key || ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        self.refusal(ui, scene, left);
        let ready = !self.passphrase.is_empty() && !self.submit.is_running() && left == 0;
        ui.horizontal(|ui| {
            let unlock = Push::new(scene.tokens, scene.t("lock-unlock")).kind(Kind::Primary).enabled(ready);
            if (ui.add(unlock).clicked() || by_key) && ready {
                let passphrase = self.passphrase.secret();
                self.passphrase.clear();
                self.submit.send(Command::Session(SessionCommand::Unlock { passphrase }), Purpose::Unlock, out);
            }
            if self.submit.is_running() {
                spinner_line(ui, scene.tokens, &scene.t("lock-opening"));
            }
        });
    }

    /// Why it was not opened, and when the next try is possible.
    fn refusal(&self, ui: &mut Ui, scene: &Scene<'_>, left_ms: i64) {
        let wrong = self.submit.failure();
        let wait = (left_ms > 0).then(|| {
            let seconds = usize::try_from((left_ms + 999) / 1000).unwrap_or_default();
            scene.texts.counted("lock-wait", seconds)
        });
        match (wrong, wait) {
            (Some(failure), _) if failure.kind != FailureKind::Passphrase => {
                failure_callout(ui, scene.tokens, scene.texts, failure);
            }
            (None, None) => {}
            (wrong, wait) => callout(ui, scene.tokens, Ground::Danger, Icon::Alert, |ui| {
                if wrong.is_some() {
                    strong(ui, scene.tokens, scene.t("lock-wrong"));
                }
                muted(ui, scene.tokens, wait.unwrap_or_else(|| scene.t("lock-again").into_owned()));
            }),
        }
    }
}

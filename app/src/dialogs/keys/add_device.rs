//! Letting a further device of this person in: a code with a picture, which holds for some minutes.

use std::time::Duration;

use egui::{ColorImage, Context, Ui};
use enginus_engine::api::{Answer, Command, DeviceInfo, Secret, SessionAnswer, SessionCommand};

use crate::dialogs::{Submit, buttons, shell, ticket};
use crate::parts::{Ground, Icon, Kind, Push, QrPicture, callout, failure_callout, muted, spinner_line, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// The code, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct AddDeviceDialog {
    asked: bool,
    submit: Submit,
    code: Option<Secret>,
    picture: QrPicture,
    added: Option<DeviceInfo>,
}

impl AddDeviceDialog {
    /// Takes the picture of the code in.
    pub(in crate::dialogs) fn take_picture(&mut self, ctx: &Context, code: &str, picture: Option<ColorImage>) {
        if self.code.as_ref().is_some_and(|known| known.reveal() == code) {
            self.picture.take(ctx, picture);
        }
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if !self.asked {
            self.asked = true;
            self.submit.send(Command::Session(SessionCommand::DeviceAdd), Purpose::AddDevice, out);
        }
        if let Some(Answer::Session(SessionAnswer::DeviceAdded(device))) = self.submit.answer(scene) {
            self.added = Some(device);
        }
        let code = self.submit.task().and_then(|id| scene.tasks.get(id)).and_then(|task| task.code.as_ref());
        if let Some((code, _)) = code.filter(|(code, _)| self.code.as_ref() != Some(code)) {
            (self.code, self.picture) = (Some(code.clone()), QrPicture::default());
            out.push(Intent::DrawQr(code.reveal().to_owned()));
        }
        let width = scene.tokens.sizes.size.dialog;
        let running = self.submit.is_running();
        shell(ctx, scene, &scene.t("device-add-title"), width, running, out, |ui, out| match (&self.added, code) {
            (Some(device), _) => done(ui, scene, device, out),
            (None, Some((code, expires))) => {
                let left = expires.0.saturating_sub(scene.now.0).max(0) / 1000;
                self.waiting(ui, scene, code, left, out);
            }
            (None, None) => self.without_code(ui, scene, out),
        });
    }

    fn waiting(&self, ui: &mut Ui, scene: &Scene<'_>, code: &Secret, seconds: i64, out: &mut Outbox) {
        muted(ui, scene.tokens, scene.t("device-add-detail"));
        callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
            muted(ui, scene.tokens, scene.t("device-add-secret"));
        });
        self.picture.show(ui, scene.tokens, scene.texts, ticket::side(ui), &scene.t("device-add-picture"));
        ticket::letters(ui, scene, &scene.t("device-code"), code.reveal());
        buttons(ui, scene, |ui| {
            if ui.add(Push::new(scene.tokens, scene.t("device-code-copy")).icon(Icon::Copy)).clicked() {
                out.push(Intent::Copy(code.reveal().to_owned()));
            }
            if ui.add(Push::new(scene.tokens, scene.t("dialog-cancel"))).clicked() {
                out.intents.extend(self.submit.task().map(Intent::Cancel));
                out.push(Intent::Close);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let left = format!("{}:{:02}", seconds / 60, seconds % 60);
                let side = scene.tokens.sizes.size.icon;
                let (rect, _) = ui.allocate_exact_size(egui::vec2(side, side), egui::Sense::hover());
                Icon::History.paint(ui.painter(), rect, scene.tokens.colours.accent);
                muted(ui, scene.tokens, scene.texts.with("device-add-left", &[("left", left.into())]));
            });
        });
        ui.ctx().request_repaint_after(Duration::from_secs(1));
    }

    fn without_code(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.is_running() {
            spinner_line(ui, scene.tokens, &scene.t("dialog-working"));
        }
        if let Some(failure) = self.submit.failure() {
            failure_callout(ui, scene.tokens, scene.texts, failure);
        }
        buttons(ui, scene, |ui| {
            if !self.submit.is_running() {
                let again = Push::new(scene.tokens, scene.t("device-add-again")).kind(Kind::Primary);
                if ui.add(again).clicked() {
                    (self.asked, self.code) = (false, None);
                }
            }
            if ui.add(Push::new(scene.tokens, scene.t("dialog-cancel"))).clicked() {
                out.intents.extend(self.submit.task().map(Intent::Cancel));
                out.push(Intent::Close);
            }
        });
    }
}

fn done(ui: &mut Ui, scene: &Scene<'_>, device: &DeviceInfo, out: &mut Outbox) {
    callout(ui, scene.tokens, Ground::Ok, Icon::Check, |ui| {
        let name = if device.name.is_empty() { device.device.short() } else { device.name.clone() };
        strong(ui, scene.tokens, scene.texts.with("device-added", &[("name", name.into())]));
        muted(ui, scene.tokens, scene.t("device-added-detail"));
    });
    buttons(ui, scene, |ui| {
        if ui.add(Push::new(scene.tokens, scene.t("add-done")).kind(Kind::Primary)).clicked() {
            out.push(Intent::Close);
        }
    });
}

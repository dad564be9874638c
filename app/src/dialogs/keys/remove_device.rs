//! Removing one of the person's other devices.

use egui::Context;
use enginus_engine::api::{Command, DeviceInfo, SessionCommand};

use crate::dialogs::{Submit, access_reason, shell};
use crate::parts::{Ground, Icon, Kind, callout, muted};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct RemoveDeviceDialog {
    device: String,
    name: String,
    reason: String,
    submit: Submit,
}

impl RemoveDeviceDialog {
    /// Removes `device`.
    #[must_use]
    pub(crate) fn new(device: &DeviceInfo) -> Self {
        let name = if device.name.is_empty() { device.device.short() } else { device.name.clone() };
        Self { device: device.device.to_string(), name, reason: String::new(), submit: Submit::default() }
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.went_well(scene) {
            out.push(Intent::Close);
        }
        let title = scene.texts.with("device-remove-title", &[("name", self.name.as_str().into())]);
        shell(ctx, scene, &title, scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            muted(ui, scene.tokens, scene.t("device-remove-detail"));
            callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
                muted(ui, scene.tokens, scene.t("device-remove-key"));
            });
            access_reason(ui, scene, &mut self.reason);
            let ready = !self.reason.trim().is_empty();
            if self.submit.footer(ui, scene, &scene.t("device-remove-send"), Kind::Danger, ready, out) {
                let (device, reason) = (self.device.clone(), self.reason.trim().to_owned());
                let command = Command::Session(SessionCommand::DeviceRemove { device, reason });
                self.submit.send(command, Purpose::RemoveDevice, out);
            }
        });
    }
}

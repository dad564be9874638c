//! The person's devices.

use egui::{Align, Layout, Sense, Ui, vec2};
use enginus_engine::api::{Answer, Command, DeviceInfo, SessionAnswer, SessionCommand};
use enginus_model::DeviceId;

use crate::action::Action;
use crate::dialogs::RemoveDeviceDialog;
use crate::parts::{Ground, Icon, Kind, Push, badge, divider, faint, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::views::asked::Asked;

/// This device, and what the project that is shown knows of the person's devices.
type Key = (DeviceId, Vec<(DeviceId, bool)>);

/// What the list remembers.
#[derive(Debug, Default)]
pub(super) struct Devices {
    devices: Asked<Key, Vec<DeviceInfo>>,
}

impl Devices {
    pub(super) fn again(&mut self) {
        self.devices.again();
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(identity) = &scene.home.identity else { return };
        let me = scene.project.and_then(|project| project.access.members.iter().find(|member| member.is_me));
        let known = me.map(|me| me.devices.iter().map(|device| (device.device, device.removed)).collect());
        let take = |answer| match answer {
            Answer::Session(SessionAnswer::Devices(devices)) => Some(devices),
            _ => None,
        };
        let key = (identity.device, known.unwrap_or_default());
        self.devices.update(scene, key, || Command::Session(SessionCommand::DeviceList), take, out);
        strong(ui, scene.tokens, scene.t("keys-devices"));
        muted(ui, scene.tokens, scene.t("keys-devices-detail"));
        if ui.add(Push::new(scene.tokens, scene.t("keys-device-add")).icon(Icon::Add)).clicked() {
            out.push(Intent::Act(Action::AddDevice));
        }
        let Some(devices) = self.devices.show(ui, scene) else { return };
        ui.spacing_mut().item_spacing.y = scene.tokens.sizes.space.tight;
        for device in devices {
            divider(ui, scene.tokens);
            one(ui, scene, device, out);
            ui.add_space(scene.tokens.sizes.space.tight);
        }
    }
}

fn one(ui: &mut Ui, scene: &Scene<'_>, device: &DeviceInfo, out: &mut Outbox) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let name = if device.name.is_empty() { scene.t("members-device").into_owned() } else { device.name.clone() };
    let size = vec2(ui.available_width(), s.size.control);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        if !device.is_this && !device.removed {
            let named = scene.texts.with("members-remove-named", &[("name", name.as_str().into())]);
            let remove = Push::new(scene.tokens, scene.t("members-remove")).kind(Kind::Quiet).icon(Icon::Trash);
            if ui.add(remove.name(named)).clicked() {
                out.open(RemoveDeviceDialog::new(device));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), Sense::hover());
            Icon::Device.paint(ui.painter(), rect, if device.removed { c.text_faint } else { c.text_muted });
            strong(ui, scene.tokens, &name);
            if device.is_this {
                badge(ui, scene.tokens, Ground::Accent, &scene.t("keys-device-this"));
            }
            if device.removed {
                badge(ui, scene.tokens, Ground::Warn, &scene.t("members-removed"));
            }
        });
    });
    let mut known = vec![device.device.short()];
    known.extend(device.since.map(|at| scene.texts.with("members-since", &[("when", scene.texts.date(at).into())])));
    if !device.projects.is_empty() {
        known.push(device.projects.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "));
    }
    faint(ui, scene.tokens, known.join(" · "));
}

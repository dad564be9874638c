//! The members by rank, then those who were removed.

use egui::{Align, Layout, Ui};
use enginus_engine::api::{DeviceAccess, MemberAccess, ProjectSnapshot};

use crate::dialogs::{RevokeDialog, RoleDialog, member_name};
use crate::parts::{Ground, Icon, Kind, Push, badge, card, faint, label, muted, strong};
use crate::scene::{Outbox, Scene};

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
    let (former, present): (Vec<_>, Vec<_>) = project.access.members.iter().partition(|member| member.former);
    for member in present {
        card(ui, scene.tokens, |ui| one(ui, scene, project, member, out));
    }
    faint(ui, scene.tokens, scene.t("members-note"));
    if former.is_empty() {
        return;
    }
    ui.add_space(scene.tokens.sizes.space.medium);
    label(ui, scene.tokens, scene.t("members-former"));
    muted(ui, scene.tokens, scene.t("members-former-detail"));
    for member in former {
        card(ui, scene.tokens, |ui| one(ui, scene, project, member, out));
    }
}

fn one(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, member: &MemberAccess, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    let name = member_name(member);
    let height = s.size.control;
    ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), height), Layout::right_to_left(Align::Center), |ui| {
        if member.may_change && scene.active().is_some() {
            deeds(ui, scene, member, &name, out);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            strong(ui, scene.tokens, &name);
            marks(ui, scene, member);
        });
    });
    ui.spacing_mut().item_spacing.y = s.space.tight;
    let mut known = Vec::new();
    if !member.organisation.is_empty() {
        known.push(member.organisation.clone());
    }
    let card = project.members.iter().find(|card| card.person == member.person);
    known.extend(card.map(|card| card.email.clone()).filter(|email| !email.is_empty()));
    let since = scene.texts.date(member.since);
    known.push(match &member.invited_by {
        Some(by) => {
            let words = [("when", since.into()), ("name", by.as_str().into())];
            scene.texts.with("members-since-by", &words)
        }
        None => scene.texts.with("members-since", &[("when", since.into())]),
    });
    muted(ui, scene.tokens, known.join(" · "));
    for device in &member.devices {
        device_line(ui, scene, project, member, device);
    }
}

fn deeds(ui: &mut Ui, scene: &Scene<'_>, member: &MemberAccess, name: &str, out: &mut Outbox) {
    let called = [("name", name.into())];
    let remove = Push::new(scene.tokens, scene.t("members-remove")).kind(Kind::Quiet).icon(Icon::Trash);
    if ui.add(remove.name(scene.texts.with("members-remove-named", &called))).clicked() {
        out.open(RevokeDialog::new(member));
    }
    let role = Push::new(scene.tokens, scene.t("members-role")).kind(Kind::Quiet).icon(Icon::Edit);
    if ui.add(role.name(scene.texts.with("members-role-named", &called))).clicked() {
        out.open(RoleDialog::new(member));
    }
}

fn marks(ui: &mut Ui, scene: &Scene<'_>, member: &MemberAccess) {
    for role in &member.roles {
        let ground = if member.former { Ground::Plain } else { Ground::Accent };
        badge(ui, scene.tokens, ground, scene.role_name(role));
    }
    if member.is_me {
        badge(ui, scene.tokens, Ground::Plain, &scene.t("members-me"));
    }
    if member.former {
        badge(ui, scene.tokens, Ground::Warn, &scene.t("members-removed"));
    } else if let Some(until) = member.not_after {
        let when = [("when", scene.texts.date(until).into())];
        if until < scene.now {
            badge(ui, scene.tokens, Ground::Warn, &scene.texts.with("members-ended", &when));
        } else {
            badge(ui, scene.tokens, Ground::Plain, &scene.texts.with("members-until", &when));
        }
    }
}

fn device_line(
    ui: &mut Ui,
    scene: &Scene<'_>,
    project: &ProjectSnapshot,
    member: &MemberAccess,
    device: &DeviceAccess,
) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let is_connected = project.sync.peers.iter().any(|peer| peer.connected && peer.device == device.device);
    let is_this = scene.home.identity.as_ref().is_some_and(|identity| identity.device == device.device);
    let seen = match () {
        () if device.removed || member.former => scene.t("members-device-removed").into_owned(),
        () if is_this => scene.t("members-device-this").into_owned(),
        () if is_connected => scene.t("members-device-connected").into_owned(),
        () => device.last_seen.map_or_else(
            || scene.t("members-device-never").into_owned(),
            |at| scene.texts.with("members-device-seen", &[("when", scene.texts.date_time(at).into())]),
        ),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = s.size.icon;
        let (rect, _) = ui.allocate_exact_size(egui::vec2(s.size.icon, s.size.icon), egui::Sense::hover());
        let ink = if is_connected || is_this { c.ok } else { c.text_faint };
        Icon::Device.paint(ui.painter(), rect, ink);
        let name = if device.name.is_empty() { scene.t("members-device").into_owned() } else { device.name.clone() };
        faint(ui, scene.tokens, format!("{name} · {} · {seen}", device.device.short()));
    });
}

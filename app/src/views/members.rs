//! Who belongs to the project.

use egui::{ScrollArea, Ui};
use enginus_engine::api::MemberInfo;

use crate::action::Action;
use crate::parts::{Ground, Icon, Kind, Push, badge, card, empty, facts, faint, heading, strong};
use crate::scene::{Intent, Outbox, Scene};

/// What the page remembers.
#[derive(Debug, Default)]
pub(crate) struct Members;

impl Members {
    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(project) = scene.project else { return };
        let s = &scene.tokens.sizes;
        if project.members.is_empty() {
            empty(ui, scene.tokens, Icon::Members, &scene.t("members-empty"), &scene.t("members-empty-detail"), |_| ());
            return;
        }
        ScrollArea::vertical().auto_shrink([false, false]).content_margin(s.space.large).show(ui, |ui| {
            ui.set_max_width(s.size.dialog_wide);
            ui.horizontal(|ui| {
                heading(ui, scene.tokens, scene.t("nav-members"));
                if scene.can(Action::Invite)
                    && ui
                        .add(Push::new(scene.tokens, scene.t("top-invite")).icon(Icon::Add).kind(Kind::Plain))
                        .clicked()
                {
                    out.push(Intent::Act(Action::Invite));
                }
            });
            ui.add_space(s.space.small);
            for member in project.members.iter() {
                card(ui, scene.tokens, |ui| {
                    ui.horizontal_wrapped(|ui| {
                        strong(
                            ui,
                            scene.tokens,
                            if member.name.is_empty() { member.person.short() } else { member.name.clone() },
                        );
                        for role in &member.roles {
                            let name = project
                                .roles
                                .iter()
                                .find(|(id, _)| id == role)
                                .map(|(_, names)| scene.texts.pick(names));
                            badge(ui, scene.tokens, Ground::Accent, name.unwrap_or(role));
                        }
                        if member.is_me {
                            badge(ui, scene.tokens, Ground::Plain, &scene.t("members-me"));
                        }
                    });
                    facts(ui, scene.tokens, 3, &known(scene, member));
                });
            }
            faint(ui, scene.tokens, scene.t("members-note"));
        });
    }
}

/// What is known of a member besides name and roles.
fn known(scene: &Scene<'_>, member: &MemberInfo) -> Vec<(String, String)> {
    let devices = member.devices.iter().map(|(device, name)| {
        let name = if name.is_empty() { scene.t("members-device") } else { name.as_str().into() };
        format!("{name} · {}", device.short())
    });
    let known = [
        (scene.t("members-organisation"), member.organisation.clone()),
        (scene.t("members-email"), member.email.clone()),
        (scene.t("members-devices"), devices.collect::<Vec<_>>().join(", ")),
    ];
    known.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.into_owned(), value)).collect()
}

//! Who belongs to the project.

use egui::{Grid, ScrollArea, Ui};

use crate::action::Action;
use crate::parts::{Ground, Icon, Kind, Push, badge, card, empty, faint, heading, label, muted, strong};
use crate::scene::{Intent, Outbox, Scene};

/// What the page remembers.
#[derive(Debug, Default)]
pub struct Members;

impl Members {
    /// Shows it.
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(project) = scene.project else { return };
        let s = &scene.tokens.sizes;
        if project.members.is_empty() {
            empty(ui, scene.tokens, Icon::Members, &scene.t("members-empty"), &scene.t("members-empty-detail"), |_| ());
            return;
        }
        ScrollArea::vertical().auto_shrink([false, false]).content_margin(s.space.large).show(ui, |ui| {
            ui.horizontal(|ui| {
                heading(ui, scene.tokens, scene.t("nav-members"));
                if scene.can(Action::Invite)
                    && ui.add(Push::new(scene.tokens, scene.t("top-invite")).icon(Icon::Add).kind(Kind::Plain)).clicked()
                {
                    out.push(Intent::Act(Action::Invite));
                }
            });
            ui.add_space(s.space.small);
            for member in project.members.iter() {
                card(ui, scene.tokens, |ui| {
                    ui.horizontal_wrapped(|ui| {
                        strong(ui, scene.tokens, if member.name.is_empty() { member.person.short() } else { member.name.clone() });
                        for role in &member.roles {
                            let name = project.roles.iter().find(|(id, _)| id == role).map(|(_, names)| scene.texts.pick(names));
                            badge(ui, scene.tokens, Ground::Accent, name.unwrap_or(role));
                        }
                        if member.is_me {
                            badge(ui, scene.tokens, Ground::Plain, &scene.t("members-me"));
                        }
                    });
                    Grid::new(("member", member.person)).num_columns(2).spacing([s.space.large, s.space.tight]).show(ui, |ui| {
                        let organisation = (scene.t("members-organisation"), &member.organisation);
                        for (name, value) in [organisation, (scene.t("members-email"), &member.email)] {
                            if !value.is_empty() {
                                label(ui, scene.tokens, name);
                                muted(ui, scene.tokens, value);
                                ui.end_row();
                            }
                        }
                        label(ui, scene.tokens, scene.t("members-devices"));
                        ui.vertical(|ui| {
                            for (device, name) in &member.devices {
                                let name = if name.is_empty() { scene.t("members-device") } else { name.as_str().into() };
                                muted(ui, scene.tokens, format!("{name} · {}", device.short()));
                            }
                        });
                        ui.end_row();
                    });
                });
            }
            faint(ui, scene.tokens, scene.t("members-note"));
        });
    }
}

//! A ticket for somebody: their role, the folders, how long it holds; then the ticket as text and as a picture.

use egui::{Context, ScrollArea, TextEdit, TextureHandle, TextureOptions, Ui};
use enginus_engine::api::{Answer, Command, InvitationInfo, ProjectSnapshot};
use enginus_model::DomainId;

use super::Submit;
use crate::parts::{Ground, Icon, Kind, Push, badge, callout, choose, label, muted, spinner_line, strong, tick};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

const DAY_SECONDS: i64 = 24 * 60 * 60;
const DAYS: [i64; 4] = [1, 7, 30, 90];
const DEFAULT_DAYS: i64 = 30;
/// The most the picture's side may be, in points.
const PICTURE_SIDE: f32 = 330.0;

enum Picture {
    Drawing,
    TooLong,
    Ready(TextureHandle),
}

/// What is being filled in, and what came of it.
pub(crate) struct InviteDialog {
    role: String,
    folders: Vec<DomainId>,
    days: Option<i64>,
    submit: Submit,
    invitation: Option<InvitationInfo>,
    picture: Picture,
}

impl std::fmt::Debug for InviteDialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The ticket is a secret.
        f.debug_struct("InviteDialog").field("role", &self.role).finish_non_exhaustive()
    }
}

impl InviteDialog {
    /// For the least of the roles `project` offers, all folders of it, for a month.
    #[must_use]
    pub(crate) fn new(project: &ProjectSnapshot) -> Self {
        Self {
            role: project.roles.last().map(|(id, _)| id.clone()).unwrap_or_default(),
            folders: Vec::new(),
            days: Some(DEFAULT_DAYS),
            submit: Submit::default(),
            invitation: None,
            picture: Picture::Drawing,
        }
    }

    /// Takes the picture of a ticket in.
    pub(crate) fn take_picture(&mut self, ctx: &Context, ticket: &str, picture: Option<egui::ColorImage>) {
        if self.invitation.as_ref().is_some_and(|invitation| invitation.ticket == ticket) {
            self.picture = picture.map_or(Picture::TooLong, |image| {
                Picture::Ready(ctx.load_texture("ticket", image, TextureOptions::NEAREST))
            });
        }
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if let Some(Answer::Invitation(invitation)) = self.submit.answer(scene) {
            out.push(Intent::DrawQr(invitation.ticket.clone()));
            self.invitation = Some(invitation);
        }
        let Some(project) = scene.project else { return };
        super::shell(ctx, scene, &scene.t("invite-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            match &self.invitation {
                None => self.form(ui, scene, project, out),
                Some(invitation) => ticket(ui, scene, project, invitation, &self.picture, out),
            }
        });
    }

    fn form(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        muted(ui, scene.tokens, scene.t("invite-detail"));
        let roles: Vec<_> =
            project.roles.iter().map(|(id, names)| (id.clone(), scene.texts.pick(names).to_owned())).collect();
        choose(ui, scene.tokens, "role", &scene.t("invite-role"), true, &mut self.role, &roles);
        label(ui, scene.tokens, scene.t("invite-folders"));
        let mut all = self.folders.is_empty();
        if tick(ui, &mut all, scene.t("invite-all-folders")).changed() && all {
            self.folders.clear();
        }
        ui.columns(2, |columns| {
            columns.iter_mut().for_each(|ui| ui.spacing_mut().item_spacing.y = scene.tokens.sizes.space.hair);
            for (at, folder) in project.folders.iter().enumerate() {
                let mut chosen = self.folders.contains(&folder.domain);
                if tick(&mut columns[at % 2], &mut chosen, scene.texts.pick(&folder.names)).changed() {
                    self.folders.retain(|id| *id != folder.domain);
                    if chosen {
                        self.folders.push(folder.domain);
                    }
                }
            }
        });
        let mut choices: Vec<_> =
            DAYS.iter().map(|days| (Some(*days), scene.texts.counted("invite-days", *days as usize))).collect();
        choices.push((None, scene.t("invite-forever").into_owned()));
        choose(ui, scene.tokens, "expiry", &scene.t("invite-expiry"), true, &mut self.days, &choices);
        let ready = !self.role.is_empty();
        if self.submit.footer(ui, scene, &scene.t("invite-send"), Kind::Primary, ready, out) {
            let chosen = project.folders.iter().filter(|folder| self.folders.contains(&folder.domain));
            let command = Command::Invite {
                project: Some(project.id.to_string()),
                role: self.role.clone(),
                folders: chosen.map(|folder| folder.slug.clone()).collect(),
                expires_seconds: self.days.map(|days| days * DAY_SECONDS),
                terms: enginus_engine::api::InviteTerms::default(),
            };
            self.submit.send(command, Purpose::Invite, out);
        }
    }
}

fn ticket(
    ui: &mut Ui,
    scene: &Scene<'_>,
    project: &ProjectSnapshot,
    invitation: &InvitationInfo,
    picture: &Picture,
    out: &mut Outbox,
) {
    let s = &scene.tokens.sizes;
    let role = project.roles.iter().find(|(id, _)| *id == invitation.role).map(|(_, names)| scene.texts.pick(names));
    ui.horizontal_wrapped(|ui| {
        badge(ui, scene.tokens, Ground::Accent, role.unwrap_or(&invitation.role));
        let until = invitation.expires.map_or_else(
            || scene.t("invite-forever").into_owned(),
            |at| scene.texts.with("invite-until", &[("when", scene.texts.date_time(at).into())]),
        );
        badge(ui, scene.tokens, Ground::Plain, &until);
        for folder in &invitation.folders {
            badge(ui, scene.tokens, Ground::Plain, folder);
        }
    });
    callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| muted(ui, scene.tokens, scene.t("invite-secret")));
    match picture {
        Picture::Ready(texture) => {
            ui.vertical_centered(|ui| {
                // Every module as wide as every other, so that a camera reads it.
                let modules = texture.size()[0] as f32;
                let side =
                    modules * (PICTURE_SIDE * ui.pixels_per_point() / modules).floor().max(1.0) / ui.pixels_per_point();
                let image = egui::Image::new(texture)
                    .fit_to_exact_size(egui::Vec2::splat(side))
                    .alt_text(scene.t("invite-picture"));
                ui.add(image.corner_radius(s.radius.medium));
            });
        }
        Picture::Drawing => spinner_line(ui, scene.tokens, &scene.t("invite-drawing")),
        Picture::TooLong => {
            muted(ui, scene.tokens, scene.t("invite-too-long"));
        }
    }
    let name = strong(ui, scene.tokens, scene.t("invite-text"));
    ScrollArea::vertical().max_height(s.size.dialog * 0.26).show(ui, |ui| {
        // An immutable text can be chosen and copied, and not changed.
        let mut text = invitation.ticket.as_str();
        let edit = TextEdit::multiline(&mut text)
            .font(egui::TextStyle::Monospace)
            .desired_width(f32::INFINITY)
            .desired_rows(3);
        ui.add(edit).labelled_by(name.id);
    });
    super::buttons(ui, scene, |ui| {
        if ui.add(Push::new(scene.tokens, scene.t("invite-copy")).icon(Icon::Copy).kind(Kind::Primary)).clicked() {
            out.push(Intent::Copy(invitation.ticket.clone()));
        }
        if ui.add(Push::new(scene.tokens, scene.t("dialog-close"))).clicked() {
            out.push(Intent::Close);
        }
    });
}

//! A ticket for somebody: their role, the folders, for whom and how long it holds; then the ticket as text and as a picture.

use egui::{ColorImage, Context, Ui};
use enginus_engine::api::{Answer, Command, InvitationInfo, InviteTerms, ProjectSnapshot};

use super::scope::{DAY_SECONDS, Scope, choose_days};
use super::{Submit, ticket};
use crate::parts::{Field, Kind, QrPicture, choose, muted, tick};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// How long a ticket may hold, in days.
const TICKET_DAYS: [i64; 4] = [1, 7, 30, 90];
const DEFAULT_DAYS: i64 = 30;
/// How many persons one ticket may bring in.
const USES: [u32; 6] = [1, 2, 3, 5, 10, 25];

/// What is being filled in, and what came of it.
pub(crate) struct InviteDialog {
    scope: Scope,
    days: Option<i64>,
    history: bool,
    uses: u32,
    is_personal: bool,
    card: String,
    submit: Submit,
    invitation: Option<InvitationInfo>,
    picture: QrPicture,
}

impl std::fmt::Debug for InviteDialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The ticket is a secret.
        f.debug_struct("InviteDialog").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl InviteDialog {
    /// For one person with the least of the roles `project` offers, all folders of it, for a month.
    #[must_use]
    pub(crate) fn new(project: &ProjectSnapshot) -> Self {
        Self {
            scope: Scope::new(project.roles.last().map_or("", |(id, _)| id.as_str())),
            days: Some(DEFAULT_DAYS),
            history: true,
            uses: 1,
            is_personal: false,
            card: String::new(),
            submit: Submit::default(),
            invitation: None,
            picture: QrPicture::default(),
        }
    }

    /// Takes the picture of a ticket in.
    pub(super) fn take_picture(&mut self, ctx: &Context, ticket: &str, picture: Option<ColorImage>) {
        if self.invitation.as_ref().is_some_and(|invitation| invitation.ticket == ticket) {
            self.picture.take(ctx, picture);
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
                Some(invitation) => ticket::show(ui, scene, invitation, &self.picture, out),
            }
        });
    }

    fn form(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        super::scrolling(ui, |ui| self.fields(ui, scene, project));
        // Mail programs break long lines; a card has no white space of its own.
        let card: String = self.card.split_whitespace().collect();
        let ready = !self.scope.role.is_empty() && (!self.is_personal || !card.is_empty());
        if self.submit.footer(ui, scene, &scene.t("invite-send"), Kind::Primary, ready, out) {
            let command = Command::Invite {
                project: Some(project.id.to_string()),
                role: self.scope.role.clone(),
                folders: self.scope.slugs(project),
                expires_seconds: self.days.map(|days| days * DAY_SECONDS),
                terms: InviteTerms {
                    to: self.is_personal.then_some(card),
                    uses: if self.is_personal { 1 } else { self.uses },
                    access_seconds: self.scope.seconds(),
                    history: self.history,
                },
            };
            self.submit.send(command, Purpose::Invite, out);
        }
    }

    fn fields(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot) {
        muted(ui, scene.tokens, scene.t("invite-detail"));
        self.scope.role_and_folders(ui, scene, project);
        ui.columns(2, |columns| {
            choose_days(&mut columns[0], scene, "expiry", &scene.t("invite-expiry"), &mut self.days, &TICKET_DAYS);
            self.scope.duration(&mut columns[1], scene);
        });
        let past =
            [(true, scene.t("invite-from-start").into_owned()), (false, scene.t("invite-from-now").into_owned())];
        let uses = USES.map(|uses| (uses, scene.texts.counted("invite-uses", uses as usize)));
        ui.columns(2, |columns| {
            let name = scene.t("invite-history");
            choose(&mut columns[0], scene.tokens, "history", &name, true, &mut self.history, &past);
            let name = scene.t("invite-who");
            columns[1].add_enabled_ui(!self.is_personal, |ui| {
                choose(ui, scene.tokens, "uses", &name, true, &mut self.uses, &uses);
            });
        });
        tick(ui, &mut self.is_personal, scene.t("invite-personal"));
        if self.is_personal {
            Field::new(scene.tokens, &scene.t("invite-card"))
                .hint("enginus-contact1…")
                .note(scene.t("invite-card-note"))
                .lines(2)
                .show(ui, &mut self.card);
        }
    }
}

//! The person's contact card, for an invitation that only they can use.

use egui::{ColorImage, Context};
use enginus_engine::api::{Answer, Command, SessionAnswer, SessionCommand};

use crate::dialogs::{Submit, buttons, shell, ticket};
use crate::parts::{Icon, Kind, Push, QrPicture, muted};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;

/// The card.
#[derive(Debug, Default)]
pub(crate) struct ContactDialog {
    asked: bool,
    submit: Submit,
    card: Option<String>,
    picture: QrPicture,
}

impl ContactDialog {
    /// Takes the picture of the card in.
    pub(in crate::dialogs) fn take_picture(&mut self, ctx: &Context, card: &str, picture: Option<ColorImage>) {
        if self.card.as_deref() == Some(card) {
            self.picture.take(ctx, picture);
        }
    }

    pub(in crate::dialogs) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if !self.asked {
            self.asked = true;
            self.submit.send(Command::Session(SessionCommand::Contact), Purpose::Look, out);
        }
        if let Some(Answer::Session(SessionAnswer::Contact(card))) = self.submit.answer(scene) {
            out.push(Intent::DrawQr(card.clone()));
            self.card = Some(card);
        }
        shell(ctx, scene, &scene.t("contact-title"), scene.tokens.sizes.size.dialog, false, out, |ui, out| {
            muted(ui, scene.tokens, scene.t("contact-detail"));
            self.submit.failure_and_wheel(ui, scene);
            if let Some(card) = &self.card {
                self.picture.show(ui, scene.tokens, scene.texts, ticket::side(ui), &scene.t("contact-picture"));
                ticket::letters(ui, scene, &scene.t("contact-text"), card);
            }
            buttons(ui, scene, |ui| {
                if let Some(card) = &self.card {
                    let copy = Push::new(scene.tokens, scene.t("contact-copy")).icon(Icon::Copy).kind(Kind::Primary);
                    if ui.add(copy).clicked() {
                        out.push(Intent::Copy(card.clone()));
                    }
                }
                if ui.add(Push::new(scene.tokens, scene.t("dialog-close"))).clicked() {
                    out.push(Intent::Close);
                }
            });
        });
    }
}

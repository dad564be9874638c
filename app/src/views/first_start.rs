//! Before there is a register: who the person is, and their first project.

use egui::{Align, Layout, Ui, vec2};
use enginus_engine::api::{Command, Failure, ProjectSnapshot};

use crate::action::Action;
use crate::dialogs::Submit;
use crate::parts::{
    Field, Icon, Kind, Push, card, display, empty, failure_callout, faint, heading, muted, spinner_line,
};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;
use crate::texts::Texts;
use crate::theme::Tokens;

/// What is being filled in.
#[derive(Debug, Default)]
pub(crate) struct FirstStart {
    name: String,
    organisation: String,
    email: String,
    submit: Submit,
}

impl FirstStart {
    /// Shows what comes next.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        page(ui, scene.tokens, |ui| match &scene.home.identity {
            None => self.who(ui, scene, out),
            Some(identity) => first_project(ui, scene, &identity.name, out),
        });
    }

    fn who(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let _ = self.submit.answer(scene);
        display(ui, scene.tokens, scene.t("first-title"));
        muted(ui, scene.tokens, scene.t("first-detail"));
        ui.add_space(scene.tokens.sizes.space.medium);
        card(ui, scene.tokens, |ui| {
            ui.spacing_mut().item_spacing.y = scene.tokens.sizes.space.medium;
            heading(ui, scene.tokens, scene.t("first-who"));
            Field::new(scene.tokens, &scene.t("first-name")).show(ui, &mut self.name);
            Field::new(scene.tokens, &scene.t("first-organisation")).show(ui, &mut self.organisation);
            Field::new(scene.tokens, &scene.t("first-email")).note(scene.t("first-note")).show(ui, &mut self.email);
            let ready = !self.name.trim().is_empty();
            let mut send = false;
            self.submit.failure_and_wheel(ui, scene);
            crate::dialogs::buttons(ui, scene, |ui| {
                let words = scene.t("first-send");
                send = ui
                    .add(Push::new(scene.tokens, words).kind(Kind::Primary).enabled(ready && !self.submit.is_running()))
                    .clicked();
            });
            if send {
                let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                let command = Command::Init {
                    name: self.name.trim().to_owned(),
                    organisation: said(&self.organisation),
                    email: said(&self.email),
                };
                self.submit.send(command, Purpose::Identity, out);
            }
        });
    }
}

fn first_project(ui: &mut Ui, scene: &Scene<'_>, name: &str, out: &mut Outbox) {
    display(ui, scene.tokens, scene.texts.with("first-welcome", &[("name", name.into())]));
    muted(ui, scene.tokens, scene.t("first-project"));
    ui.add_space(scene.tokens.sizes.space.medium);
    for (action, icon, title, detail, kind) in [
        (Action::CreateProject, Icon::Add, scene.t("first-create"), scene.t("first-create-detail"), Kind::Primary),
        (Action::JoinProject, Icon::Members, scene.t("first-join"), scene.t("first-join-detail"), Kind::Plain),
        (Action::ImportBundle, Icon::Package, scene.t("first-import"), scene.t("first-import-detail"), Kind::Plain),
    ] {
        card(ui, scene.tokens, |ui| {
            heading(ui, scene.tokens, &*title);
            muted(ui, scene.tokens, detail);
            if ui.add(Push::new(scene.tokens, scene.texts.t(&action.text_id())).icon(icon).kind(kind)).clicked() {
                out.push(Intent::Act(action));
            }
        });
    }
}

/// One column in the middle of the window.
fn page(ui: &mut Ui, tokens: &Tokens, contents: impl FnOnce(&mut Ui)) {
    let s = &tokens.sizes;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            ui.add_space((ui.available_height() * 0.12).max(s.space.wide));
            ui.allocate_ui_with_layout(vec2(s.size.page, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(s.size.page);
                let (rect, _) = ui.allocate_exact_size(vec2(s.space.huge, s.space.huge), egui::Sense::hover());
                Icon::Logo.paint(ui.painter(), rect, tokens.colours.accent);
                contents(ui);
                ui.add_space(s.space.huge);
            });
        });
    });
}

/// A project that was joined and has not arrived.
pub(crate) fn waiting(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, why: &str, out: &mut Outbox) {
    let title = scene.texts.with("waiting-title", &[("project", project.name.as_str().into())]);
    empty(ui, scene.tokens, Icon::Sync, &title, &scene.t("waiting-detail"), |ui| {
        faint(ui, scene.tokens, why);
        ui.add_space(scene.tokens.sizes.space.small);
        if ui.add(Push::new(scene.tokens, scene.t("sync-now")).icon(Icon::Sync).kind(Kind::Primary)).clicked() {
            out.push(Intent::Act(Action::SyncNow));
        }
        if ui.add(Push::new(scene.tokens, scene.t("sync-import-bundle")).icon(Icon::Package)).clicked() {
            out.push(Intent::Act(Action::ImportBundle));
        }
    });
}

/// While the home is being opened.
pub(crate) fn opening(ui: &mut Ui, tokens: &Tokens, texts: &Texts) {
    page(ui, tokens, |ui| spinner_line(ui, tokens, &texts.t("opening")));
}

/// When it cannot be opened.
pub(crate) fn not_opened(ui: &mut Ui, tokens: &Tokens, texts: &Texts, failure: &Failure, out: &mut Outbox) {
    page(ui, tokens, |ui| {
        let busy = failure.kind == enginus_engine::api::FailureKind::Busy;
        display(ui, tokens, if busy { texts.t("opening-busy") } else { texts.t("opening-failed") });
        if busy {
            muted(ui, tokens, texts.t("opening-busy-detail"));
        }
        failure_callout(ui, tokens, texts, failure);
        if ui.add(Push::new(tokens, texts.t("opening-retry")).kind(Kind::Primary).icon(Icon::Restore)).clicked() {
            out.push(Intent::Retry);
        }
    });
}

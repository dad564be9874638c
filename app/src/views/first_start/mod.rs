//! Before there is a register: who the person is, and their first project.

mod forms;

use egui::{Align, Layout, Ui, vec2};
use enginus_engine::api::{Command, Failure, ProjectSnapshot};

use self::forms::Forms;
use crate::action::Action;
use crate::parts::{
    Icon, Kind, Push, card, display, empty, failure_callout, faint, heading, muted, spinner_line, tabs,
};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;
use crate::texts::Texts;
use crate::theme::Tokens;

/// How somebody begins on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    #[default]
    New,
    Words,
    Device,
}

/// What is being filled in.
#[derive(Debug, Default)]
pub(crate) struct FirstStart {
    way: Way,
    forms: Forms,
}

impl FirstStart {
    /// Shows what comes next.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        self.forms.take_answer(scene);
        page(ui, scene.tokens, |ui| match &scene.home.identity {
            None => self.who(ui, scene, out),
            Some(identity) => first_project(ui, scene, &identity.name, out),
        });
    }

    fn who(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        display(ui, scene.tokens, scene.t("first-title"));
        muted(ui, scene.tokens, scene.t("first-detail"));
        ui.add_space(scene.tokens.sizes.space.small);
        let ways = [
            (Way::New, scene.t("first-way-new").into_owned()),
            (Way::Words, scene.t("first-way-words").into_owned()),
            (Way::Device, scene.t("first-way-device").into_owned()),
        ];
        tabs(ui, scene.tokens, &mut self.way, &ways);
        ui.add_space(scene.tokens.sizes.space.small);
        match self.way {
            Way::New => self.forms.new_person(ui, scene, out),
            Way::Words => self.forms.recovery(ui, scene, out),
            Way::Device => self.forms.second_device(ui, scene, out),
        }
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
        (
            Action::RecoverProjects,
            Icon::Restore,
            scene.t("first-recover"),
            scene.t("first-recover-detail"),
            Kind::Plain,
        ),
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
        faint(ui, scene.tokens, scene.texts.phrase(why));
        ui.add_space(scene.tokens.sizes.space.small);
        if ui.add(Push::new(scene.tokens, scene.t("sync-now")).icon(Icon::Sync).kind(Kind::Primary)).clicked() {
            out.push(Intent::Act(Action::SyncNow));
        }
        if ui.add(Push::new(scene.tokens, scene.t("sync-import-bundle")).icon(Icon::Package)).clicked() {
            out.push(Intent::Act(Action::ImportBundle));
        }
        let busy = scene.tasks.running().any(|(_, task)| task.purpose == Purpose::Forget);
        let forget = Push::new(scene.tokens, scene.t("waiting-forget")).icon(Icon::Trash).kind(Kind::Quiet);
        if ui.add_enabled(!busy, forget).on_hover_text(scene.t("waiting-forget-detail")).clicked() {
            out.run(Command::ProjectForget { project: Some(project.id.to_string()) }, Purpose::Forget);
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

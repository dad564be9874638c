//! Who belongs to the project, what each may do, who is invited, and what was decided.

mod history;
mod invitations;
mod matrix;
mod people;

use egui::{ScrollArea, Ui};

use self::history::History;
use enginus_engine::api::ProjectSnapshot;

use crate::action::Action;
use crate::parts::{Icon, Kind, Push, empty, faint, heading, tabs};
use crate::scene::{Intent, Outbox, Scene};

/// Which part is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    People,
    Access,
    Invitations,
    History,
}

/// What the page remembers.
#[derive(Debug, Default)]
pub(crate) struct Members {
    page: Page,
    history: History,
}

/// As of when this is known, where it is not as of now: others may have decided something since.
fn as_of(scene: &Scene<'_>, project: &ProjectSnapshot) -> Option<String> {
    let sync = &project.sync;
    let is_now = sync.peers.iter().any(|peer| peer.in_sync) || sync.relays.iter().any(|relay| relay.in_sync);
    let at = sync.confirmed.filter(|_| !is_now)?;
    Some(scene.texts.with("members-as-of", &[("when", scene.texts.date_time(at).into())]))
}

impl Members {
    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(project) = scene.project else { return };
        let s = &scene.tokens.sizes;
        let access = &project.access;
        if access.members.is_empty() {
            empty(ui, scene.tokens, Icon::Members, &scene.t("members-empty"), &scene.t("members-empty-detail"), |_| ());
            return;
        }
        let open = access.invitations.len();
        let invitations = match open {
            0 => scene.t("members-tab-invitations").into_owned(),
            _ => format!("{} {}", scene.t("members-tab-invitations"), scene.texts.number(open as u64)),
        };
        let pages = [
            (Page::People, scene.t("members-tab-people").into_owned()),
            (Page::Access, scene.t("members-tab-access").into_owned()),
            (Page::Invitations, invitations),
            (Page::History, scene.t("members-tab-history").into_owned()),
        ];
        let margin = egui::Margin { bottom: 0, ..egui::Margin::same(s.space.large as i8) };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.horizontal(|ui| {
                heading(ui, scene.tokens, scene.t("nav-members"));
                let invite = Push::new(scene.tokens, scene.t("top-invite")).name(scene.t("members-invite"));
                if scene.can(Action::Invite) && ui.add(invite.icon(Icon::Add).kind(Kind::Plain)).clicked() {
                    out.push(Intent::Act(Action::Invite));
                }
            });
            if let Some(as_of) = as_of(scene, project) {
                faint(ui, scene.tokens, as_of);
            }
            tabs(ui, scene.tokens, &mut self.page, &pages);
        });
        let scrolled = |ui: &mut Ui, contents: &mut dyn FnMut(&mut Ui)| {
            let area = ScrollArea::vertical().id_salt(("members", self.page as u8)).auto_shrink([false, false]);
            area.content_margin(s.space.large).show(ui, |ui| {
                ui.set_max_width(s.size.dialog_wide);
                contents(ui);
            });
        };
        match self.page {
            Page::People => scrolled(ui, &mut |ui| people::show(ui, scene, project, out)),
            Page::Invitations => scrolled(ui, &mut |ui| invitations::show(ui, scene, project, out)),
            Page::Access => matrix::show(ui, scene, project),
            Page::History => self.history.ui(ui, scene, project, out),
        }
    }
}

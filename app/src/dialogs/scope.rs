//! What access is given: the role, the folders it is narrowed to, and how long it lasts.

use egui::Ui;
use enginus_engine::api::ProjectSnapshot;
use enginus_model::DomainId;

use crate::parts::{Ground, badge, choose, label, tick};
use crate::scene::Scene;

pub(super) const DAY_SECONDS: i64 = 24 * 60 * 60;
/// How long access may last, in days.
const ACCESS_DAYS: [i64; 5] = [7, 30, 90, 180, 365];

/// What is being chosen.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) role: String,
    folders: Vec<DomainId>,
    days: Option<i64>,
}

impl Scope {
    /// All folders of `role`, without an end.
    pub(super) fn new(role: &str) -> Self {
        Self { role: role.to_owned(), folders: Vec::new(), days: None }
    }

    /// What was chosen, in a line of marks.
    pub(super) fn summary(&self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot) {
        ui.horizontal_wrapped(|ui| {
            badge(ui, scene.tokens, Ground::Accent, scene.role_name(&self.role));
            let until = self.days.map_or_else(
                || scene.t("invite-forever").into_owned(),
                |days| scene.texts.counted("invite-days", days as usize),
            );
            badge(ui, scene.tokens, Ground::Plain, &until);
            let chosen = self.slugs(project);
            for folder in &chosen {
                badge(ui, scene.tokens, Ground::Plain, scene.folder_name(folder));
            }
            if chosen.is_empty() {
                badge(ui, scene.tokens, Ground::Plain, &scene.t("invite-all-folders"));
            }
        });
    }

    /// The role and its folders.
    pub(super) fn role_and_folders(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot) {
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
    }

    /// How long it lasts.
    pub(super) fn duration(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        choose_days(ui, scene, "access", &scene.t("invite-access"), &mut self.days, &ACCESS_DAYS);
    }

    /// The folders' names for the engine, in the project's order; none for all.
    pub(super) fn slugs(&self, project: &ProjectSnapshot) -> Vec<String> {
        let chosen = project.folders.iter().filter(|folder| self.folders.contains(&folder.domain));
        chosen.map(|folder| folder.slug.clone()).collect()
    }

    /// Seconds until it ends.
    pub(super) fn seconds(&self) -> Option<i64> {
        self.days.map(|days| days * DAY_SECONDS)
    }
}

/// A number of days, or no end.
pub(super) fn choose_days(
    ui: &mut Ui,
    scene: &Scene<'_>,
    salt: &str,
    name: &str,
    value: &mut Option<i64>,
    days: &[i64],
) {
    let mut choices: Vec<_> =
        days.iter().map(|days| (Some(*days), scene.texts.counted("invite-days", *days as usize))).collect();
    choices.push((None, scene.t("invite-forever").into_owned()));
    choose(ui, scene.tokens, salt, name, true, value, &choices);
}

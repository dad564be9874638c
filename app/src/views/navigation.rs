//! Left: which project, which folder, which page.

use egui::{Popup, ScrollArea, Ui};
use enginus_engine::api::{FolderSnapshot, ProjectSnapshot};

use crate::action::Action;
use crate::dialogs::WordsDialog;
use crate::parts::{Icon, Push, label, quiet_row};
use crate::scene::{Intent, Outbox, Place, Scene};

/// Shows it.
pub(crate) fn navigation(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    ui.spacing_mut().item_spacing.y = s.space.hair;
    ui.add_space(s.space.medium);
    switcher(ui, scene, out);
    ui.add_space(s.space.medium);
    let Some(project) = scene.project else { return };
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let words = label(ui, scene.tokens, scene.t("nav-documents"));
        words.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Heading, true, scene.t("nav-documents")));
        ui.add_space(s.space.tight);
        folders(ui, scene, project, out);
        ui.add_space(s.space.large);
        label(ui, scene.tokens, scene.t("nav-project"));
        ui.add_space(s.space.tight);
        let unread =
            project.notices.len() + scene.told.iter().filter(|told| told.tone == crate::scene::Tone::Bad).count();
        let count = |n: usize| if n == 0 { String::new() } else { scene.texts.number(n as u64) };
        for (icon, text, place, number) in [
            (
                Icon::Members,
                scene.t("nav-members"),
                Place::Members,
                count(project.access.members.iter().filter(|member| !member.former).count()),
            ),
            (
                Icon::Sync,
                scene.t("nav-sync"),
                Place::Sync,
                count(project.sync.peers.len() + project.sync.relays.len() + project.sync.buckets.len()),
            ),
            (Icon::Bell, scene.t("nav-notices"), Place::Notices, count(unread)),
        ] {
            if quiet_row(ui, scene.tokens, icon, 0.0, &text, &number, *scene.place == place).clicked() {
                out.push(Intent::Show(place));
            }
        }
        if scene.can(Action::ShowReview) {
            let number = count(project.access.waiting_for_review as usize);
            let (words, shown) = (scene.t("nav-review"), *scene.place == Place::Review);
            if quiet_row(ui, scene.tokens, Icon::Stamp, 0.0, &words, &number, shown).clicked() {
                out.push(Intent::Show(Place::Review));
            }
        }
        ui.add_space(s.space.large);
        me(ui, scene, out);
    });
}

/// The person's own page, with a quiet reminder while the 24 words were not confirmed.
fn me(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let s = &scene.tokens.sizes;
    label(ui, scene.tokens, scene.t("nav-me"));
    ui.add_space(s.space.tight);
    let (words, shown) = (scene.t("nav-keys"), *scene.place == Place::Keys);
    if quiet_row(ui, scene.tokens, Icon::Key, 0.0, &words, "", shown).clicked() {
        out.push(Intent::Show(Place::Keys));
    }
    if !scene.home.session.phrase_confirmed {
        let words = scene.t("keys-reminder");
        if quiet_row(ui, scene.tokens, Icon::Alert, 0.0, &words, "", false).clicked() {
            out.open(WordsDialog::new(false));
        }
    }
}

fn switcher(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let name = scene.project.map_or_else(|| scene.t("nav-no-project").into_owned(), |project| project.name.clone());
    let button =
        ui.add(Push::new(scene.tokens, shortened(&name)).icon(Icon::Package).trailing(Icon::ChevronDown).full_width());
    let button = if shortened(&name) == name { button } else { button.on_hover_text(name) };
    Popup::menu(&button).width(button.rect.width()).show(|ui| {
        for project in &scene.home.projects {
            let chosen = scene.project.is_some_and(|shown| shown.id == project.id);
            if ui.selectable_label(chosen, project.name.as_str()).clicked() {
                out.push(Intent::ChooseProject(project.id));
            }
        }
        if !scene.home.projects.is_empty() {
            ui.separator();
        }
        for action in [Action::CreateProject, Action::JoinProject, Action::ImportBundle] {
            if ui.button(scene.texts.t(&action.text_id())).clicked() {
                out.push(Intent::Act(action));
            }
        }
    });
}

/// A project's name as it fits the switcher.
fn shortened(name: &str) -> String {
    const CHARS_MAX: usize = 24;
    if name.chars().count() <= CHARS_MAX {
        return name.to_owned();
    }
    let start: String = name.chars().take(CHARS_MAX - 1).collect();
    format!("{}…", start.trim_end())
}

fn folders(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
    let all: usize = project.folders.iter().map(|folder| folder.view.counts().documents).sum();
    let everything = Place::default();
    let number = scene.texts.number(all as u64);
    if quiet_row(ui, scene.tokens, Icon::Document, 0.0, &scene.t("nav-all"), &number, *scene.place == everything)
        .clicked()
    {
        out.push(Intent::Show(everything));
    }
    for folder in &project.folders {
        let place = Place::Register { folder: Some(folder.domain), path: String::new() };
        let number = scene.texts.number(folder.view.counts().documents as u64);
        let name = scene.texts.pick(&folder.names);
        if quiet_row(ui, scene.tokens, Icon::Folder, 0.0, name, &number, *scene.place == place).clicked() {
            out.push(Intent::Show(place));
        }
        if scene.folder() == Some(folder.domain) {
            subfolders(ui, scene, folder, out);
        }
    }
}

/// The subfolders of the folder that is shown: the first level, and what lies below the one that is chosen.
fn subfolders(ui: &mut Ui, scene: &Scene<'_>, folder: &FolderSnapshot, out: &mut Outbox) {
    let Some(made) = scene.table else { return };
    let chosen = match scene.place {
        Place::Register { path, .. } => path.as_str(),
        _ => "",
    };
    let first = (folder.domain, String::new());
    for ((_, path), count) in made.tree.range(first..).take_while(|((domain, _), _)| *domain == folder.domain) {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_open = parent.is_empty()
            || chosen == parent
            || chosen.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'));
        if !is_open {
            continue;
        }
        let depth = 1.0 + path.matches('/').count() as f32;
        let indent = depth * scene.tokens.sizes.size.icon;
        let number = scene.texts.number(*count as u64);
        if quiet_row(ui, scene.tokens, Icon::Folder, indent, name, &number, chosen == path).clicked() {
            out.push(Intent::Show(Place::Register { folder: Some(folder.domain), path: path.clone() }));
        }
    }
}

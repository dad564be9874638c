//! Empty, loading, refused, large; both languages, both themes.

use std::sync::{Arc, Mutex};

use enginus_desktop::{Opened, Settings, ThemeChoice};
use enginus_engine::api::{Command, Failure, FailureKind, HomeSnapshot, ProjectState};
use enginus_model::Language;

use crate::samples;
use crate::stand::{Look, Shared, Stand, World};

fn looks() -> Vec<Look> {
    let all = [Language::En, Language::Tr].map(|language| {
        [ThemeChoice::Light, ThemeChoice::Dark].map(|theme| Look { language, theme, ..Look::default() })
    });
    all.into_iter().flatten().collect()
}

#[test]
fn every_page_can_be_shown_in_every_language_and_theme() {
    for look in looks() {
        let english = look.language == Language::En;
        let mut stand = Stand::drawings(&look);
        for key in [egui::Key::Num2, egui::Key::Num3, egui::Key::Num4, egui::Key::Num1] {
            stand.key(egui::Modifiers::COMMAND, key);
        }
        assert!(stand.has(if english { "22 documents" } else { "22 belge" }));
        for key in [egui::Key::N, egui::Key::I, egui::Key::J, egui::Key::K] {
            stand.key(egui::Modifiers::COMMAND, key);
            stand.key(egui::Modifiers::NONE, egui::Key::Escape);
        }
        stand.key(egui::Modifiers::NONE, egui::Key::F1);
        assert!(stand.has(if english { "Keys" } else { "Tuşlar" }));
    }
}

#[test]
fn language_and_theme_change_at_once() {
    let mut stand = Stand::drawings(&Look::default());
    stand.press("TR");
    assert!(stand.has("22 belge") && stand.has("Bağlantı Görüşü"));
    assert_eq!(stand.harness.ctx.theme(), egui::Theme::Light);
    stand.press("Koyu temaya geç");
    assert_eq!(stand.harness.ctx.theme(), egui::Theme::Dark);
    stand.press("Açık temaya geç");
    stand.press("EN");
    assert!(stand.has("22 documents"));
}

#[test]
fn a_home_in_use_says_so_and_can_be_tried_again() {
    let tries = Arc::new(Mutex::new(0));
    let shared = Shared::default();
    let (count, backend) = (Arc::clone(&tries), shared.clone());
    let mut stand = Stand::opening(shared, &Look::default(), move || {
        let mut tries = count.lock().unwrap();
        *tries += 1;
        match *tries {
            1 => Err(Failure::new(FailureKind::Busy, "process 4711 has it open")),
            _ => Ok(Opened {
                backend: Box::new(backend.clone()),
                settings: Settings::default(),
                zone: jiff::tz::TimeZone::UTC,
            }),
        }
    });
    assert!(stand.has("ENGINUS is already running here") && stand.has("process 4711 has it open"));
    stand.press("Try again");
    assert!(stand.has("Welcome to ENGINUS"));
    assert_eq!(*tries.lock().unwrap(), 2);
}

#[test]
fn an_empty_folder_invites_and_a_read_only_one_explains() {
    let mut stand = Stand::on(samples::project(Vec::new()), &Look::default());
    assert!(stand.has("No documents here yet") && stand.has("Drop files anywhere"));
    let mut project = samples::project(Vec::new());
    project.folders.iter_mut().for_each(|folder| folder.may_write = false);
    project.may_invite = false;
    stand = Stand::on(project, &Look::default());
    assert!(stand.has("You may read this folder"));
    assert!(!stand.has("Invite") && !stand.has("Drop files anywhere"), "what is not allowed is not offered");
}

#[test]
fn a_folder_shown_from_a_snapshot_says_so_until_its_entries_are_here() {
    let mut project = samples::project(samples::drawings(samples::domain(2)));
    project.folders[1].arriving = Some(1234);
    let mut stand = Stand::on(project.clone(), &Look::default());
    assert!(stand.has("Shown from a snapshot; 1,234 entries are still being fetched and checked"));
    assert!(stand.has("22 documents"));
    project.folders[1].arriving = None;
    stand = Stand::on(project, &Look::default());
    assert!(!stand.has("Shown from a snapshot"));
}

#[test]
fn a_search_without_a_find_can_be_undone() {
    let mut stand = Stand::drawings(&Look::default());
    stand.write("Search", "zzzz");
    assert!(stand.has("Nothing fits"));
    stand.press("Show all documents");
    assert!(stand.has("22 documents"));
}

#[test]
fn a_joined_project_that_has_not_come_says_what_it_waits_for() {
    let mut project = samples::project(Vec::new());
    project.state = ProjectState::Pending { why: "no device of the project answered".to_owned() };
    let mut stand = Stand::on(project, &Look::default());
    assert!(stand.has("Waiting for Solar plant") && stand.has("no device of the project answered"));
    stand.press("Sync now");
    assert_eq!(stand.shared.asked().len(), 1);
    stand.press("Forget this project");
    assert!(matches!(stand.shared.asked().last(), Some(Command::ProjectForget { .. })));
}

#[test]
fn what_the_engine_says_is_shown_in_the_language_of_the_window() {
    let turkish = Look { language: Language::Tr, ..Look::default() };
    let mut project = samples::project(Vec::new());
    let why = "nobody could be reached; it arrives with the first member, bucket or bundle that brings it";
    project.state = ProjectState::Pending { why: why.to_owned() };
    assert!(Stand::on(project, &turkish).has("kimseye ulaşılamadı; ilk ulaşılan üye, depo ya da paketle gelir"));
    let failure = || Failure::new(FailureKind::Busy, "another process has this home open").hint("try again");
    let stand = Stand::opening(Shared::default(), &turkish, move || Err(failure()));
    assert!(stand.has("bu veri klasörü başka bir süreçte açık") && stand.has("yeniden deneyin"));
}

#[test]
fn filters_show_what_waits_and_what_was_removed() {
    let mut stand = Stand::drawings(&Look::default());
    stand.press("1 needs attention");
    assert!(stand.has("Site layout") && stand.has("1 of 22") && !stand.has("Fence and gates"));
    stand.press("1 needs attention");
    stand.press("Removed");
    assert!(stand.has("23 of 23"));
    stand.press("Calculations");
    assert!(stand.has("Short-circuit calculation") && !stand.has("Fence and gates"));
}

#[test]
fn a_new_project_appears_without_being_asked_for() {
    let home = HomeSnapshot { identity: Some(samples::identity()), ..HomeSnapshot::default() };
    let mut stand = Stand::new(World { home, ..World::default() }, &Look::default());
    assert!(stand.has("Welcome, Owner"));
    let project = samples::project(samples::drawings(samples::domain(2)));
    stand.shared.publish(|world| {
        world.home = samples::home(&project);
        world.project = Some(Arc::new(project));
    });
    stand.settle();
    assert!(stand.has("22 documents"));
}

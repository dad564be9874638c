//! Pictures of what matters, in both themes and languages.

use std::path::PathBuf;

use egui_kittest::SnapshotResults;
use enginus_desktop::ThemeChoice;
use enginus_engine::api::{Answer, HomeSnapshot, InvitationInfo};
use enginus_model::{Instant, Language};

use crate::samples;
use crate::stand::{Look, Stand, World, done};

fn dark() -> Look {
    Look { theme: ThemeChoice::Dark, ..Look::default() }
}

fn turkish() -> Look {
    Look { language: Language::Tr, ..Look::default() }
}

pub(crate) fn take(stand: &mut Stand, name: &str, results: &mut SnapshotResults) {
    stand.settle();
    results.add(stand.harness.try_snapshot(name));
}

/// Files with names as they come from a design office.
pub(crate) fn delivery() -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "GES12-DES-XX-ZZ-DR-E-3011_Weather station-P01.pdf",
        "GES12-DES-XX-ZZ-DR-E-3012_Auxiliary supply-P02.pdf",
        "GES12-DES-XX-ZZ-SH-E-5003_Spare parts list-P01.01.pdf",
        "Meeting minutes 14.pdf",
    ];
    let paths: Vec<_> = names.iter().map(|name| dir.path().join(name)).collect();
    for (n, path) in paths.iter().enumerate() {
        std::fs::write(path, vec![b'x'; 120_000 * n + 45_000]).unwrap();
    }
    (dir, paths)
}

#[test]
fn first_start() {
    let mut results = SnapshotResults::new();
    for (name, look) in
        [("first_start_light", Look::default()), ("first_start_dark_tr", Look { language: Language::Tr, ..dark() })]
    {
        let mut stand = Stand::new(World::default(), &look);
        take(&mut stand, name, &mut results);
    }
    let home = HomeSnapshot { identity: Some(samples::identity()), ..HomeSnapshot::default() };
    let mut stand = Stand::new(World { home, ..World::default() }, &Look::default());
    take(&mut stand, "first_project_light", &mut results);
    stand.press_button("Create a project");
    take(&mut stand, "create_project_light", &mut results);
}

#[test]
fn folder_with_documents() {
    let mut results = SnapshotResults::new();
    for (name, look) in [("folder_light", Look::default()), ("folder_dark", dark()), ("folder_tr", turkish())] {
        let mut stand = Stand::drawings(&look);
        take(&mut stand, name, &mut results);
    }
}

#[test]
fn document_panel() {
    let mut results = SnapshotResults::new();
    for (name, look) in [
        ("document_light", Look::default()),
        ("document_dark", dark()),
        ("document_tr", turkish()),
        ("document_narrow", Look { size: [1000.0, 640.0], ..Look::default() }),
    ] {
        let mut stand = Stand::drawings(&look);
        for _ in 0..4 {
            stand.key(egui::Modifiers::NONE, egui::Key::ArrowDown);
        }
        take(&mut stand, name, &mut results);
    }
}

#[test]
fn add_dialog() {
    let mut results = SnapshotResults::new();
    let (_dir, files) = delivery();
    for (name, look) in [("add_light", Look::default()), ("add_dark_tr", Look { language: Language::Tr, ..dark() })] {
        let mut stand = Stand::drawings(&look);
        stand.drop_files(&files);
        take(&mut stand, name, &mut results);
    }
}

#[test]
fn invitation() {
    let mut results = SnapshotResults::new();
    let mut stand = Stand::drawings(&Look::default());
    stand.shared.answer_with(|_| {
        let invitation = InvitationInfo {
            ticket: format!("enginus1{}", "mzxw6ytboi3gk5dvnzuxk4thmf2ge33vo4qgk3tfo5uw4zy".repeat(12)),
            role: "contractor".to_owned(),
            folders: Vec::new(),
            expires: Some(Instant(1_797_753_600_000)),
            addresses: Vec::new(),
            in_buckets: Vec::new(),
            not_in_buckets: Vec::new(),
            on_relays: Vec::new(),
            not_on_relays: Vec::new(),
        };
        vec![done(Answer::Invitation(invitation))]
    });
    stand.key(egui::Modifiers::COMMAND, egui::Key::I);
    take(&mut stand, "invite_light", &mut results);
    stand.press("Make the ticket");
    stand.wait_for("the QR code", |stand| !stand.has("Drawing the QR code"));
    take(&mut stand, "ticket_light", &mut results);
}

#[test]
fn pages() {
    let mut results = SnapshotResults::new();
    let mut stand = Stand::drawings(&Look::default());
    for (key, name) in [(egui::Key::Num3, "sync_light"), (egui::Key::Num4, "notices_light")] {
        stand.key(egui::Modifiers::COMMAND, key);
        take(&mut stand, name, &mut results);
    }
    stand.press("Materials");
    take(&mut stand, "empty_light", &mut results);
    stand.key(egui::Modifiers::COMMAND, egui::Key::K);
    take(&mut stand, "palette_light", &mut results);
}

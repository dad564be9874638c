//! Pictures of members, keys and the lock, in both themes and languages.

use egui::{Key, Modifiers};
use egui_kittest::SnapshotResults;
use enginus_desktop::ThemeChoice;
use enginus_engine::api::{AccessAnswer, AccessCommand, Command, LockState, ProjectState, SessionCommand};
use enginus_model::{Instant, Language};

use crate::access::{answered, members, with_review};
use crate::pictures::take;
use crate::samples::access::{self, NOW};
use crate::stand::{Look, Stand, World};
use crate::{keys, lock, samples};

fn dark() -> Look {
    Look { theme: ThemeChoice::Dark, ..Look::default() }
}

fn dark_turkish() -> Look {
    Look { language: Language::Tr, ..dark() }
}

/// Each with the end of its pictures' names.
fn both() -> [(&'static str, Look); 2] {
    [("light", Look::default()), ("dark_tr", dark_turkish())]
}

fn words<'a>(look: &Look, english: &'a str, turkish: &'a str) -> &'a str {
    if look.language == Language::En { english } else { turkish }
}

#[test]
fn access_of_members() {
    let mut results = SnapshotResults::new();
    for (end, look) in both() {
        let mut stand = members(&look);
        take(&mut stand, &format!("people_{end}"), &mut results);
        stand.press(words(&look, "Access by folder", "Klasörlere göre yetki"));
        take(&mut stand, &format!("matrix_{end}"), &mut results);
        stand.press(words(&look, "Invitations 2", "Davetler 2"));
        take(&mut stand, &format!("invitations_{end}"), &mut results);
        stand.shared.answer_with(|_| answered(AccessAnswer::History(access::history())));
        stand.press(words(&look, "History", "Geçmiş"));
        take(&mut stand, &format!("history_{end}"), &mut results);
    }
    let mut stand = members(&Look { size: [1000.0, 640.0], ..Look::default() });
    stand.press("Access by folder");
    take(&mut stand, "matrix_narrow", &mut results);
    stand.press("Menu");
    take(&mut stand, "menu_narrow", &mut results);
}

#[test]
fn removal_of_a_member() {
    let mut results = SnapshotResults::new();
    for (end, look) in both() {
        let mut stand = members(&look);
        stand.shared.answer_with(|_| answered(AccessAnswer::Changed(access::change(false))));
        stand.press(words(&look, "Remove Contractor", "Çıkar: Contractor"));
        stand.write(words(&look, "Reason", "Gerekçe"), "The contract has ended");
        take(&mut stand, &format!("revoke_{end}"), &mut results);
    }
    let mut stand = members(&Look::default());
    stand.shared.answer_with(|_| answered(AccessAnswer::Changed(access::change(false))));
    stand.press("Change the role of Contractor");
    stand.press("Show what it does");
    take(&mut stand, "role_light", &mut results);
}

#[test]
fn review_and_the_end_of_a_project() {
    let mut results = SnapshotResults::new();
    for (end, look) in both() {
        let mut stand = Stand::on(with_review(), &look);
        stand.shared.answer_with(|command| match command {
            Command::Access(AccessCommand::Review { .. }) => answered(AccessAnswer::Review(access::held())),
            _ => Vec::new(),
        });
        take(&mut stand, &format!("review_banner_{end}"), &mut results);
        stand.press(words(&look, "Look at them", "Göster"));
        stand.press("Subcontractor · 22222222");
        take(&mut stand, &format!("review_{end}"), &mut results);
        let mut project = samples::project(samples::drawings(samples::domain(2)));
        project.state = ProjectState::Removed(access::removed());
        let mut stand = Stand::on(project, &look);
        take(&mut stand, &format!("removed_{end}"), &mut results);
    }
}

#[test]
fn lock_screen() {
    let mut results = SnapshotResults::new();
    for (end, look) in both() {
        let mut stand = lock::locked(&look, None);
        take(&mut stand, &format!("lock_{end}"), &mut results);
        let mut stand = lock::locked(&look, Some(Instant(NOW.0 + 30_000)));
        take(&mut stand, &format!("lock_wait_{end}"), &mut results);
    }
}

#[test]
fn recovery_words() {
    let mut results = SnapshotResults::new();
    for (end, look) in both() {
        let mut stand = keys::page(&look, LockState::Unprotected, false);
        take(&mut stand, &format!("keys_{end}"), &mut results);
        stand.press(words(&look, "Show the words…", "Kelimeleri göster…"));
        take(&mut stand, &format!("words_{end}"), &mut results);
        stand.press(words(&look, "I have written them down", "Yazdım"));
        take(&mut stand, &format!("words_check_{end}"), &mut results);
        let mut stand = Stand::new(World::default(), &look);
        stand.press(words(&look, "I have 24 words", "24 kelimem var"));
        take(&mut stand, &format!("comeback_{end}"), &mut results);
    }
}

#[test]
fn devices_and_passphrase() {
    let mut results = SnapshotResults::new();
    let open = LockState::Unlocked { auto_lock_minutes: Some(15) };
    let mut stand = keys::page(&Look { size: [1360.0, 900.0], ..dark() }, open, true);
    take(&mut stand, "keys_protected_dark", &mut results);
    stand.press("Change it…");
    take(&mut stand, "passphrase_dark", &mut results);
    stand.key(Modifiers::NONE, Key::Escape);
    stand.press("My contact card…");
    stand.wait_for("the QR code", |stand| stand.has("The contact card as a QR code"));
    take(&mut stand, "contact_dark", &mut results);
    let mut stand = keys::page(&Look::default(), open, true);
    stand.press("Remove Office computer");
    take(&mut stand, "device_remove_light", &mut results);
    stand.key(Modifiers::NONE, Key::Escape);
    stand.shared.answer_with(|command| match command {
        Command::Session(SessionCommand::DeviceAdd) => vec![keys::code()],
        _ => Vec::new(),
    });
    stand.press("Add a device…");
    stand.wait_for("the QR code", |stand| stand.has("The device code as a QR code"));
    take(&mut stand, "device_code_light", &mut results);
    let mut stand = Stand::new(World::default(), &Look::default());
    stand.press("Second device");
    take(&mut stand, "second_device_light", &mut results);
}

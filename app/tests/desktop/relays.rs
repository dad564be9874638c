//! The relays of a project: what is shown of them, and using one or no longer.

use enginus_engine::api::{Answer, Command, Failure, FailureKind, ProjectSnapshot, Update};
use enginus_model::Language;

use crate::samples;
use crate::stand::{Look, Stand, done};

fn sample() -> ProjectSnapshot {
    samples::project(samples::drawings(samples::domain(2)))
}

/// The page of devices, relays and buckets.
fn sharing(look: &Look) -> Stand {
    let mut stand = Stand::drawings(look);
    stand.key(egui::Modifiers::COMMAND, egui::Key::Num3);
    stand
}

fn relay(address: &str, used: bool) -> Command {
    let project = Some(sample().id.to_string());
    Command::ProjectRelay { project, address: address.to_owned(), used }
}

#[test]
fn each_relay_says_whether_it_confirms_and_since_when_not() {
    let stand = sharing(&Look::default());
    assert!(stand.has("relay.example:4430") && stand.has("192.0.2.40:4430"));
    assert!(stand.has("the relay's disk is full; nothing more is put there for now"));
    assert!(stand.has("Has not confirmed since 20 Nov 2026"), "the one that is full");
    let stand = sharing(&Look { language: Language::Tr, ..Look::default() });
    assert!(stand.has("Aktarıcılar") && stand.has("tarihinden beri doğrulamadı"));
    assert!(!stand.has("the relay's disk is full"), "the problem is told in Turkish");
}

#[test]
fn a_relay_is_added_by_its_address_and_a_wrong_one_is_refused_in_place() {
    let mut stand = sharing(&Look::default());
    stand.press("Add a relay…");
    stand.shared.answer_with(|_| {
        let failure = Failure::new(FailureKind::Invalid, "a relay's address begins with \"relay://\"");
        vec![Update::Done(Err(failure))]
    });
    stand.write("The relay's address", "relay://");
    stand.press("Use this relay");
    assert!(stand.has("a relay's address begins with"), "said where it was asked");
    stand.shared.answer_with(|_| vec![done(Answer::Projects(Vec::new()))]);
    let rest = format!("{}@relay.example:4430", "ab".repeat(32));
    stand.write("The relay's address", &rest);
    stand.press("Use this relay");
    assert!(!stand.has("Meet on a relay"), "the dialog has closed");
    assert_eq!(stand.shared.asked().last(), Some(&relay(&format!("relay://{rest}"), true)));
}

#[test]
fn a_relay_is_left_after_a_question() {
    let mut stand = sharing(&Look::default());
    stand.press("Leave the relay 192.0.2.40:4430");
    assert!(stand.has("What it keeps stays there until its operator removes it"));
    stand.press("Leave it");
    let address = format!("relay://{}@192.0.2.40:4430", "09".repeat(32));
    assert_eq!(stand.shared.asked().last(), Some(&relay(&address, false)));
}

#[test]
fn the_owner_may_have_a_relay_delete_what_it_keeps() {
    let mut stand = sharing(&Look::default());
    stand.press("Leave the relay 192.0.2.40:4430");
    stand.press("Delete what it keeps");
    stand.press("Leave it");
    let project = Some(sample().id.to_string());
    let address = format!("relay://{}@192.0.2.40:4430", "09".repeat(32));
    assert_eq!(stand.shared.asked().last(), Some(&Command::RelayErase { project, address }));
}

#[test]
fn whoever_may_not_invite_sees_relays_and_changes_none() {
    let mut project = sample();
    project.may_invite = false;
    let mut stand = Stand::on(project, &Look::default());
    stand.key(egui::Modifiers::COMMAND, egui::Key::Num3);
    assert!(stand.has("relay.example:4430"));
    assert!(!stand.has("Add a relay…") && !stand.has("Leave the relay"));
}

#[test]
fn members_are_shown_as_of_when_anybody_was_last_heard() {
    let mut project = sample();
    let mut stand = Stand::on(project.clone(), &Look::default());
    stand.key(egui::Modifiers::COMMAND, egui::Key::Num2);
    assert!(!stand.has("As this device last heard"), "a device is in sync now");
    project.sync.peers.iter_mut().for_each(|peer| (peer.connected, peer.in_sync) = (false, false));
    project.sync.relays.iter_mut().for_each(|relay| (relay.connected, relay.in_sync) = (false, false));
    let mut stand = Stand::on(project, &Look::default());
    stand.key(egui::Modifiers::COMMAND, egui::Key::Num2);
    assert!(stand.has("As this device last heard"));
}

#[test]
fn a_project_may_be_created_with_a_relay() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(egui::Modifiers::COMMAND, egui::Key::K);
    stand.press("Create a project");
    stand.write("Project name", "GES 13");
    let address = format!("relay://{}@relay.example:4430", "ab".repeat(32));
    stand.write("Relay, if any", &address);
    stand.press("Create the project");
    let asked = stand.shared.asked();
    let Some(Command::ProjectCreate { relays, .. }) = asked.last() else { panic!("{asked:?}") };
    assert_eq!(relays, &[address]);
}

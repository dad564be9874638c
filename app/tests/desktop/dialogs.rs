//! What dialogs ask of the engine.

use std::path::Path;

use egui::{Key, Modifiers};
use enginus_engine::api::{AddedDocument, Answer, Command, Failure, FailureKind, FileToAdd, Update};
use enginus_model::{DocumentId, Sha256};

use crate::pictures::delivery;
use crate::samples;
use crate::stand::{Look, Stand, World, done};

fn added(file: &Path) -> Update {
    Update::Added(AddedDocument {
        file: file.to_owned(),
        id: DocumentId::from_bytes([9; 16]),
        folder: "Projects".to_owned(),
        number: "N".to_owned(),
        title: "T".to_owned(),
        revision: "P01".to_owned(),
        size: 1,
        sha256: Sha256([0; 32]),
        number_clash: false,
    })
}

#[test]
fn dropped_files_become_one_command_with_what_their_names_tell() {
    let mut stand = Stand::drawings(&Look::default());
    let (_dir, files) = delivery();
    stand.drop_files(&files);
    stand.press("Add 4 documents");
    assert!(stand.shared.asked().is_empty(), "nothing is added without a reason");
    stand.write("Reason", "Delivery of week 47");
    stand.press("Add 4 documents");
    let asked = stand.shared.asked();
    let [Command::DocAdd { project, folder, files: sent, reason }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(
        (project.as_deref(), folder.as_str(), reason.as_str()),
        (Some(&*samples::PROJECT.to_string()), "projects", "Delivery of week 47")
    );
    let first = FileToAdd {
        path: files[0].clone(),
        subfolder: String::new(),
        number: Some("GES12-DES-XX-ZZ-DR-E-3011".to_owned()),
        title: Some("Weather station".to_owned()),
        revision: Some("P01".to_owned()),
        status: None,
        fields: Vec::new(),
    };
    assert_eq!(sent[0], first);
    assert_eq!(sent[2].revision.as_deref(), Some("P01.01"));
    assert_eq!((sent[3].number.as_deref(), sent[3].revision.as_deref()), (Some("Meeting minutes 14"), None));
}

#[test]
fn refused_files_say_why_and_can_be_tried_again_alone() {
    let mut stand = Stand::drawings(&Look::default());
    let (_dir, files) = delivery();
    let (good, bad) = (files[0].clone(), files[1].clone());
    stand.shared.answer_with(move |_| {
        let failure =
            Failure::new(FailureKind::BadInput, "the file changed while it was read").hint("close it elsewhere");
        let refused = Update::Refused { file: bad.clone(), failure };
        vec![added(&good), refused, done(Answer::Added { added: 1, refused: 1 })]
    });
    stand.drop_files(&files[..2]);
    stand.write("Reason", "Delivery");
    stand.press("Add 2 documents");
    assert!(stand.has("1 of 2 added, 1 refused") && stand.has("the file changed while it was read"));
    stand.press("Try the rest again");
    assert!(!stand.has("Weather station"));
    stand.press("Add 1 document");
    let asked = stand.shared.asked();
    let [_, Command::DocAdd { files: again, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(again.iter().map(|file| &file.path).collect::<Vec<_>>(), [&files[1]]);
}

#[test]
fn a_long_delivery_can_be_stopped() {
    let mut stand = Stand::drawings(&Look::default());
    let (_dir, files) = delivery();
    stand.drop_files(&files);
    stand.write("Reason", "Delivery");
    stand.press("Add 4 documents");
    stand.key(Modifiers::NONE, Key::Escape);
    assert!(stand.has("Add documents"), "the dialog stays while files are added");
    stand.harness.step();
    use egui_kittest::kittest::Queryable;
    stand.harness.get_all_by_role_and_label(egui::accesskit::Role::Button, "Stop").last().unwrap().click();
    stand.settle();
    assert_eq!(stand.shared.0.lock().unwrap().cancelled, 1);
}

#[test]
fn the_first_start_makes_an_identity_and_leads_on() {
    let mut stand = Stand::new(World::default(), &Look::default());
    stand.shared.answer_with(|command| match command {
        Command::Init { .. } => vec![done(Answer::Identity(Some(samples::identity())))],
        _ => Vec::new(),
    });
    stand.write("Your name", "Owner");
    stand.write("Organisation", "Investor");
    stand.press("Continue");
    let init = Command::Init { name: "Owner".to_owned(), organisation: Some("Investor".to_owned()), email: None };
    assert_eq!(stand.shared.asked()[0], init);
    stand.shared.publish(|world| world.home.identity = Some(samples::identity()));
    stand.settle();
    assert!(stand.has("Welcome, Owner") && stand.has("Your 24 words"));
    stand.key(Modifiers::NONE, Key::Escape);
    stand.press_button("Create a project");
    stand.write("Project name", "Plant");
    stand.press("Create the project");
    let create = Command::ProjectCreate {
        name: "Plant".to_owned(),
        template: "ges".to_owned(),
        buckets: Vec::new(),
        relays: Vec::new(),
        language: "en".to_owned(),
    };
    assert_eq!(stand.shared.asked().last(), Some(&create));
}

#[test]
fn a_ticket_broken_by_a_mail_program_is_mended() {
    let home = enginus_engine::api::HomeSnapshot { identity: Some(samples::identity()), ..Default::default() };
    let mut stand = Stand::new(World { home, ..World::default() }, &Look::default());
    stand.key(Modifiers::COMMAND, Key::J);
    stand.write("Ticket", "enginus1abc\n  def ");
    stand.press("Join");
    assert!(matches!(&stand.shared.asked()[..], [Command::Join { ticket, .. }] if ticket == "enginus1abcdef"));
}

#[test]
fn a_refusal_stands_where_it_was_asked() {
    let home = enginus_engine::api::HomeSnapshot { identity: Some(samples::identity()), ..Default::default() };
    let mut stand = Stand::new(World { home, ..World::default() }, &Look::default());
    stand.shared.answer_with(|_| {
        let failure = Failure::new(FailureKind::BadInput, "the ticket is cut short").hint("copy all of it");
        vec![Update::Done(Err(failure))]
    });
    stand.key(Modifiers::COMMAND, Key::J);
    stand.write("Ticket", "enginus1abc");
    stand.press("Join");
    assert!(stand.has("the ticket is cut short") && stand.has("copy all of it") && stand.has("Join a project"));
}

#[test]
fn removing_asks_why_and_can_be_taken_back() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.key(Modifiers::NONE, Key::Delete);
    stand.shared.answer_with(|_| vec![done(Answer::Added { added: 0, refused: 0 })]);
    stand.write("Reason", "Wrong tender");
    use egui_kittest::kittest::Queryable;
    stand.harness.get_all_by_role_and_label(egui::accesskit::Role::Button, "Remove").last().unwrap().click();
    stand.settle();
    let asked = stand.shared.asked();
    let [Command::DocRemove { number, reason, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(reason, "Wrong tender");
    stand.press("Undo");
    let asked = stand.shared.asked();
    assert!(
        matches!(&asked[1], Command::DocRestore { number: again, reason, .. } if again == number && !reason.is_empty())
    );
}

#[test]
fn a_concurrent_edit_is_settled_by_choosing_a_value() {
    let mut stand = Stand::drawings(&Look::default());
    for _ in 0..4 {
        stand.key(Modifiers::NONE, Key::ArrowDown);
    }
    assert!(stand.has("Title was changed by two people at once") && stand.has("Revision P02 was made twice"));
    stand.press("Keep “General site layout”");
    let asked = stand.shared.asked();
    assert!(
        matches!(&asked[..], [Command::DocSettle { field, keep, .. }] if field == "title" && keep == "General site layout"),
        "{asked:?}"
    );
}

#[test]
fn only_changed_fields_are_sent() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.key(Modifiers::NONE, Key::F2);
    stand.write("Zone", "North");
    stand.press("Save");
    let asked = stand.shared.asked();
    assert!(
        matches!(&asked[..], [Command::DocEdit { fields, .. }] if *fields == [("zone".to_owned(), "North".to_owned())]),
        "{asked:?}"
    );
}

#[test]
fn an_invitation_names_role_folders_and_days() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::COMMAND, Key::I);
    use egui_kittest::kittest::Queryable;
    stand.harness.get_by_role_and_label(egui::accesskit::Role::CheckBox, "Materials").click();
    stand.settle();
    stand.press("Make the ticket");
    let asked = stand.shared.asked();
    let expected = Command::Invite {
        project: Some(samples::PROJECT.to_string()),
        role: "investor".to_owned(),
        folders: vec!["materials".to_owned()],
        expires_seconds: Some(30 * 24 * 60 * 60),
        terms: enginus_engine::api::InviteTerms::default(),
    };
    assert_eq!(asked, [expected]);
}

#[test]
fn an_invitation_for_one_person_carries_their_card_an_end_and_no_past() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::COMMAND, Key::I);
    stand.choose("The past of the folders", "Closed; only what is added from now on");
    stand.choose("Access ends after", "90 days");
    stand.choose("Who may join with it", "5 persons");
    stand.press("Only for one certain person, by their contact card");
    stand.press("Make the ticket");
    assert!(stand.shared.asked().is_empty(), "nothing is made without the card");
    stand.write("Contact card", "enginus-contact1abc\n def");
    stand.press("Make the ticket");
    let asked = stand.shared.asked();
    let [Command::Invite { terms, .. }] = &asked[..] else { panic!("{asked:?}") };
    let expected = enginus_engine::api::InviteTerms {
        to: Some("enginus-contact1abcdef".to_owned()),
        uses: 1,
        access_seconds: Some(90 * 24 * 60 * 60),
        history: false,
    };
    assert_eq!(*terms, expected);
}

#[test]
fn a_ticket_says_where_it_can_be_redeemed() {
    const BUCKET: &[&str] = &["s3://plant/docs"];
    const RELAY: &[&str] = &["relay.example"];
    const NONE: &[&str] = &[];
    for ([in_buckets, not_in_buckets, on_relays, not_on_relays], words) in [
        ([NONE; 4], "a device of the project that can be reached"),
        ([BUCKET, NONE, NONE, NONE], "It is in the bucket: it can be redeemed while this device is off"),
        ([NONE, NONE, RELAY, NONE], "It is on the relay: it can be redeemed while this device is off"),
        ([NONE, BUCKET, NONE, NONE], "Could not be reached; the next exchange brings it there: s3://plant/docs"),
        ([NONE, BUCKET, RELAY, NONE], "It is on the relay: it can be redeemed while this device is off"),
        ([NONE, BUCKET, NONE, RELAY], "the next exchange brings it there: s3://plant/docs, relay.example"),
    ] {
        let mut stand = Stand::drawings(&Look::default());
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let invitation = enginus_engine::api::InvitationInfo {
            ticket: "enginus1mzxw6ytb".to_owned(),
            role: "contractor".to_owned(),
            folders: Vec::new(),
            expires: None,
            addresses: Vec::new(),
            in_buckets: named(in_buckets),
            not_in_buckets: named(not_in_buckets),
            on_relays: named(on_relays),
            not_on_relays: named(not_on_relays),
        };
        stand.shared.answer_with(move |_| vec![done(Answer::Invitation(invitation.clone()))]);
        stand.key(Modifiers::COMMAND, Key::I);
        stand.press("Make the ticket");
        assert!(stand.has(words), "{words}");
    }
}

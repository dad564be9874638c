//! A person's own keys: the words, the passphrase, devices, the card, and coming back.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use enginus_engine::api::{
    Answer, Command, Failure, FailureKind, HomeSnapshot, JoinState, LockState, Secret, SessionAnswer, SessionCommand,
    SessionState, Update,
};
use enginus_model::{Instant, Language};

use crate::samples;
use crate::samples::access::{self, NOW, WORDS};
use crate::stand::{Look, Stand, World, done};

pub(crate) fn answered(answer: SessionAnswer) -> Vec<Update> {
    vec![done(Answer::Session(answer))]
}

fn refused(message: &str) -> Vec<Update> {
    vec![Update::Done(Err(Failure::new(FailureKind::BadInput, message)))]
}

fn state(phrase_confirmed: bool) -> SessionAnswer {
    SessionAnswer::State(SessionState { phrase_confirmed, ..SessionState::default() })
}

/// The commands about keys that were asked.
fn asked(stand: &Stand) -> Vec<SessionCommand> {
    let session = stand.shared.asked().into_iter().filter_map(|command| match command {
        Command::Session(command) => Some(command),
        _ => None,
    });
    session.collect()
}

/// The page of keys, with devices, in a home whose keys stand so.
pub(crate) fn page(look: &Look, lock: LockState, phrase_confirmed: bool) -> Stand {
    let mut stand = Stand::drawings(look);
    stand.shared.answer_with(answers);
    stand.shared.publish(|world| world.home.session = SessionState { lock, phrase_confirmed });
    stand.key(Modifiers::COMMAND, Key::Num5);
    stand
}

fn answers(command: &Command) -> Vec<Update> {
    let Command::Session(command) = command else { return Vec::new() };
    match command {
        SessionCommand::DeviceList => answered(SessionAnswer::Devices(access::devices())),
        SessionCommand::Phrase { .. } => {
            answered(SessionAnswer::Phrase { words: Secret::new(WORDS), confirmed: false })
        }
        SessionCommand::Contact => {
            answered(SessionAnswer::Contact(format!("enginus-contact1{}", "mzxw6ytb".repeat(18))))
        }
        _ => answered(state(true)),
    }
}

fn word(position: usize) -> &'static str {
    WORDS.split(' ').nth(position - 1).unwrap()
}

/// The positions that are asked for, as the fields are called.
fn positions(stand: &Stand) -> Vec<usize> {
    (1..=24).filter(|position| stand.harness.query_by_label(&format!("Word {position}")).is_some()).collect()
}

#[test]
fn the_words_are_shown_and_three_of_them_asked_for() {
    let mut stand = page(&Look::default(), LockState::Unprotected, false);
    assert!(stand.has("24 words not confirmed") && stand.has("Not confirmed yet"));
    stand.press("Show the words…");
    for word in WORDS.split(' ') {
        assert!(stand.has(word), "{word}");
    }
    stand.press("I have written them down");
    let positions = positions(&stand);
    assert_eq!(positions.len(), 3);
    assert!(!stand.has(word(positions[0])), "the words are out of sight");
    for position in &positions {
        stand.write(&format!("Word {position}"), word(*position));
    }
    stand.press("Confirm");
    let asked = asked(&stand);
    let Some(SessionCommand::ConfirmPhrase { words }) = asked.last() else { panic!("{asked:?}") };
    let expected: Vec<_> = positions.iter().map(|position| (*position as u8, Secret::new(word(*position)))).collect();
    assert_eq!(*words, expected);
    assert!(stand.has("Your 24 words are confirmed") && !stand.has("Three of your words"));
    stand.shared.publish(|world| world.home.session.phrase_confirmed = true);
    stand.settle();
    assert!(!stand.has("24 words not confirmed"), "the reminder ends");
}

#[test]
fn a_wrong_word_is_told_and_the_words_can_be_seen_again() {
    let mut stand = page(&Look::default(), LockState::Unprotected, false);
    stand.shared.answer_with(|command| match command {
        Command::Session(SessionCommand::ConfirmPhrase { .. }) => refused("word 9 is another one"),
        other => answers(other),
    });
    stand.press("Show the words…");
    stand.press("I have written them down");
    for position in positions(&stand) {
        stand.write(&format!("Word {position}"), "window");
    }
    stand.press("Confirm");
    assert!(stand.has("word 9 is another one"));
    stand.press("Show the words again");
    assert!(stand.has("anchor"));
}

#[test]
fn with_a_passphrase_the_words_are_shown_for_it_alone() {
    let mut stand = page(&Look::default(), LockState::Unlocked { auto_lock_minutes: None }, true);
    stand.press("Show the words…");
    assert!(!asked(&stand).iter().any(|command| matches!(command, SessionCommand::Phrase { .. })));
    stand.write("Passphrase", "correct horse");
    stand.press("Show the words");
    let phrase = SessionCommand::Phrase { passphrase: Some(Secret::new("correct horse")) };
    assert_eq!(asked(&stand).last(), Some(&phrase));
    assert!(stand.has("anchor") && !stand.has("correct horse"));
}

#[test]
fn later_leaves_a_quiet_reminder() {
    let mut stand = Stand::new(World::default(), &Look::default());
    stand.shared.answer_with(|command| match command {
        Command::Init { .. } => vec![done(Answer::Identity(Some(samples::identity())))],
        other => answers(other),
    });
    stand.write("Your name", "Owner");
    stand.press("Continue");
    assert!(stand.has("anchor"), "the words come right after the name");
    stand.press("Later");
    assert!(!stand.has("anchor"));
    let project = samples::project(Vec::new());
    stand.shared.publish(|world| {
        world.home = samples::home(&project);
        world.home.session.phrase_confirmed = false;
        world.project = Some(std::sync::Arc::new(project));
    });
    stand.settle();
    stand.press("24 words not confirmed");
    assert!(stand.has("anchor"));
}

#[test]
fn a_passphrase_is_set_only_when_it_was_typed_the_same_twice() {
    let mut stand = page(&Look::default(), LockState::Unprotected, true);
    stand.press("Set a passphrase…");
    stand.write("New passphrase", "correct horse battery");
    stand.write("New passphrase again", "correct horse");
    assert!(stand.has("The two are not the same yet"));
    stand.press("Set it");
    assert_eq!(asked(&stand).len(), 1, "only the devices were asked for");
    stand.write("New passphrase again", " battery");
    stand.press("Set it");
    let set =
        SessionCommand::SetPassphrase { old: None, new: Some(Secret::new("correct horse battery")), memory_kib: None };
    assert_eq!(asked(&stand).last(), Some(&set));
    assert!(stand.has("Passphrase changed") && !stand.has("New passphrase again"));
}

#[test]
fn a_passphrase_is_changed_and_removed_with_the_present_one() {
    let mut stand = page(&Look::default(), LockState::Unlocked { auto_lock_minutes: Some(15) }, true);
    stand.press("Change it…");
    stand.write("Present passphrase", "old one");
    stand.write("New passphrase", "new one");
    stand.write("New passphrase again", "new one");
    stand.press("Change it");
    stand.press("Remove it…");
    stand.write("Present passphrase", "new one");
    stand.press("Remove it");
    let secret = |text: &str| Some(Secret::new(text));
    let deeds = [
        SessionCommand::SetPassphrase { old: secret("old one"), new: secret("new one"), memory_kib: None },
        SessionCommand::SetPassphrase { old: secret("new one"), new: None, memory_kib: None },
    ];
    assert_eq!(asked(&stand)[1..], deeds);
    stand.choose("Lock by itself when nobody is here for", "5 minutes");
    assert_eq!(asked(&stand).last(), Some(&SessionCommand::SetAutoLock { minutes: Some(5) }));
}

#[test]
fn devices_are_listed_and_another_one_is_removed_with_a_reason() {
    let mut stand = page(&Look::default(), LockState::Unprotected, true);
    assert!(stand.has("Office computer") && stand.has("Old phone"));
    assert!(stand.harness.query_by_label("Remove Laptop").is_none(), "this device does not remove itself");
    assert!(stand.harness.query_by_label("Remove Old phone").is_none());
    stand.press("Remove Office computer");
    assert!(stand.has("It holds your own key, too"));
    stand.write("Reason", "Stolen from the site");
    stand.press("Remove the device");
    let remove = SessionCommand::DeviceRemove {
        device: access::devices()[1].device.to_string(),
        reason: "Stolen from the site".to_owned(),
    };
    assert_eq!(asked(&stand).last(), Some(&remove));
}

pub(crate) fn code() -> Update {
    let code = Secret::new(format!("enginus-device1{}", "k5dvnzuxk4thmf2ge33v".repeat(9)));
    Update::DeviceCode { code, expires: Instant(NOW.0 + 9 * 60_000 + 42_000) }
}

#[test]
fn a_device_is_added_with_a_code_that_counts_down() {
    let mut stand = page(&Look::default(), LockState::Unprotected, true);
    stand.shared.answer_with(|command| match command {
        Command::Session(SessionCommand::DeviceAdd) => vec![code()],
        other => answers(other),
    });
    stand.press("Add a device…");
    stand.wait_for("the QR code", |stand| stand.has("The device code as a QR code"));
    assert!(stand.has("the code holds for 9:42"));
    stand.shared.0.lock().unwrap().later_ms = 2_000;
    stand.harness.run_ok();
    assert!(stand.has("the code holds for 9:40"));
    stand.key(Modifiers::NONE, Key::Escape);
    assert!(stand.has("the code holds for"), "a key pressed by chance does not throw the code away");
    stand.press("Cancel");
    assert!(!stand.has("the code holds for"));
    assert_eq!(stand.shared.0.lock().unwrap().cancelled, 1);
    stand.shared.answer_with(|command| match command {
        Command::Session(SessionCommand::DeviceAdd) => {
            let device = access::devices().swap_remove(1);
            vec![code(), done(Answer::Session(SessionAnswer::DeviceAdded(device)))]
        }
        other => answers(other),
    });
    stand.press("Add a device…");
    assert!(stand.has("Office computer is one of your devices now"));
}

#[test]
fn a_code_nobody_used_can_be_made_anew() {
    let mut stand = page(&Look::default(), LockState::Unprotected, true);
    stand.shared.answer_with(|command| match command {
        Command::Session(SessionCommand::DeviceAdd) => vec![code(), refused("the code has expired").remove(0)],
        other => answers(other),
    });
    stand.press("Add a device…");
    assert!(stand.has("the code has expired"));
    stand.press("Make a new code");
    let added = asked(&stand).into_iter().filter(|command| *command == SessionCommand::DeviceAdd).count();
    assert_eq!(added, 2);
}

#[test]
fn the_contact_card_is_shown_and_copied() {
    let mut stand = page(&Look::default(), LockState::Unprotected, true);
    stand.press("My contact card…");
    stand.wait_for("the QR code", |stand| stand.has("The contact card as a QR code"));
    stand.press("Copy the card");
    assert!(stand.has("Copied"));
}

#[test]
fn somebody_comes_back_with_24_words_in_both_languages() {
    for (language, [way, words, name, send, count]) in [
        (Language::En, ["I have 24 words", "The 24 words", "Your name", "Bring me back", "24 of 24 words"]),
        (Language::Tr, ["24 kelimem var", "24 kelime", "Adınız", "Geri dön", "24 kelimeden 24 tanesi"]),
    ] {
        let mut stand = Stand::new(World::default(), &Look { language, ..Look::default() });
        stand.shared.answer_with(|_| answered(SessionAnswer::Recovered(samples::identity())));
        stand.press(way);
        stand.write(name, "Owner");
        stand.write(words, "anchor bridge");
        stand.press(send);
        assert!(stand.shared.asked().is_empty(), "two words are not enough");
        stand.write(words, &WORDS["anchor bridge".len()..]);
        assert!(stand.has(count));
        stand.press(send);
        let recover = SessionCommand::Recover {
            phrase: Secret::new(WORDS),
            name: "Owner".to_owned(),
            organisation: None,
            email: None,
        };
        assert_eq!(asked(&stand), [recover]);
    }
}

#[test]
fn a_second_device_joins_with_a_code_and_can_be_stopped() {
    let mut stand = Stand::new(World::default(), &Look::default());
    stand.press("Second device");
    stand.write("Device code", "enginus-device1abc ");
    stand.write("Name of this device", "Phone");
    stand.press("Join my devices");
    let asked = asked(&stand);
    let [SessionCommand::DeviceJoin { code, device_name, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((code.reveal(), device_name.as_deref()), ("enginus-device1abc", Some("Phone")));
    stand.press("Cancel");
    assert_eq!(stand.shared.0.lock().unwrap().cancelled, 1);
}

#[test]
fn projects_are_brought_back_from_a_bucket() {
    let home = HomeSnapshot { identity: Some(samples::identity()), ..HomeSnapshot::default() };
    let mut stand = Stand::new(World { home, ..World::default() }, &Look::default());
    stand.shared.answer_with(|_| {
        let found = vec![
            JoinState::Joined { id: samples::PROJECT, name: "Solar plant, 12 MWp".to_owned() },
            JoinState::Pending {
                id: enginus_model::ProjectId([9; 32]),
                name: "Wind farm".to_owned(),
                why: "no device of the project answered".to_owned(),
            },
        ];
        answered(SessionAnswer::ProjectsRecovered(found))
    });
    stand.press_button("Bring my projects back");
    stand.write("Bucket address or ticket", "s3://ges12-documents/project");
    stand.press("Look for them");
    let asked = asked(&stand);
    assert!(
        matches!(&asked[..], [SessionCommand::ProjectRecover { from, .. }] if from == "s3://ges12-documents/project"),
        "{asked:?}"
    );
    assert!(stand.has("Solar plant, 12 MWp") && stand.has("no device of the project answered"));
    stand.press("Done");
}

#[test]
fn the_key_ring_takes_the_place_of_a_passphrase_where_a_person_asks_for_it() {
    let mut stand = page(&Look::default(), LockState::Unprotected, true);
    stand.press("Use the system's key ring");
    assert_eq!(asked(&stand).last(), Some(&SessionCommand::UseKeyring { passphrase: None }));
    stand.shared.publish(|world| world.home.session.lock = LockState::InKeyring);
    stand.settle();
    assert!(stand.has("In the key ring") && stand.has("Set a passphrase…"));
    assert!(!stand.has("Use the system's key ring"));
}

#[test]
fn keys_are_reached_before_there_is_a_project() {
    let home = HomeSnapshot { identity: Some(samples::identity()), ..HomeSnapshot::default() };
    let mut stand = Stand::new(World { home, ..World::default() }, &Look::default());
    stand.shared.answer_with(answers);
    stand.key(Modifiers::COMMAND, Key::Num5);
    assert!(stand.has("My devices") && stand.has("Office computer"));
    stand.press("Back");
    assert!(stand.has("Welcome, Owner"));
}

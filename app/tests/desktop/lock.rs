//! The locked window.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use enginus_engine::api::{
    Command, Failure, FailureKind, LockState, Secret, SessionAnswer, SessionCommand, SessionState, Update,
};
use enginus_model::{Instant, Language};

use crate::keys::answered;
use crate::samples::access::NOW;
use crate::stand::{Look, Stand};

const OPEN: LockState = LockState::Unlocked { auto_lock_minutes: Some(15) };

fn session(lock: LockState) -> SessionState {
    SessionState { lock, phrase_confirmed: true }
}

/// A window on the drawings, one of them chosen, whose keys were locked since.
pub(crate) fn locked(look: &Look, wait_until: Option<Instant>) -> Stand {
    let mut stand = Stand::drawings(look);
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.shared.publish(|world| {
        world.home.session = session(LockState::Locked { wait_until });
        world.home.projects.clear();
        world.project = None;
    });
    stand.settle();
    stand
}

#[test]
fn nothing_of_a_project_is_left_on_a_locked_window() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.key(Modifiers::COMMAND, Key::I);
    let project = stand.shared.0.lock().unwrap().project.clone();
    stand.shared.publish(|world| world.home.session = session(LockState::Locked { wait_until: None }));
    stand.settle();
    assert!(stand.has("ENGINUS is locked"));
    let words: Vec<String> =
        stand.harness.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect();
    for part in ["Solar plant", "GES12", "Projects", "Members", "Invite", "Short-circuit"] {
        assert!(!words.iter().any(|words| words.contains(part)), "{part} is behind it: {words:?}");
    }
    for key in [Key::K, Key::N, Key::Num2, Key::J] {
        stand.key(Modifiers::COMMAND, key);
    }
    stand.key(Modifiers::NONE, Key::F1);
    assert!(!stand.has("What would you like to do") && !stand.has("Join a project"), "and no key leads past it");
    stand.shared.publish(|world| {
        world.home.session = session(OPEN);
        world.project = project;
    });
    stand.settle();
    assert!(stand.has("Fence and gates") && !stand.has("Invite somebody"), "the place is kept, the dialog is not");
    assert!(stand.harness.state().as_ref().unwrap().selected().is_some());
}

#[test]
fn the_passphrase_opens_it_with_enter() {
    let mut stand = locked(&Look::default(), None);
    stand.shared.answer_with(|_| answered(SessionAnswer::State(session(OPEN))));
    stand.write("Passphrase", "correct horse");
    stand.key(Modifiers::NONE, Key::Enter);
    let unlock = Command::Session(SessionCommand::Unlock { passphrase: Secret::new("correct horse") });
    assert_eq!(stand.shared.asked(), [unlock]);
}

#[test]
fn a_wrong_passphrase_says_when_the_next_try_is_possible() {
    for (language, [name, button, wrong, wait]) in [
        (
            Language::En,
            ["Passphrase", "Unlock", "That is not the passphrase", "The next try is possible in 8 seconds."],
        ),
        (Language::Tr, ["Parola", "Kilidi aç", "Parola bu değil", "Sonraki deneme 8 saniye sonra yapılabilir."]),
    ] {
        let mut stand = locked(&Look { language, ..Look::default() }, None);
        stand.shared.answer_with(|_| {
            vec![Update::Done(Err(Failure::new(FailureKind::Passphrase, "this is not the passphrase")))]
        });
        stand.write(name, "wrong");
        stand.press(button);
        let until = Some(Instant(NOW.0 + 7_300));
        stand.shared.publish(|world| world.home.session = session(LockState::Locked { wait_until: until }));
        stand.settle();
        assert!(stand.has(wrong) && stand.has(wait));
        stand.write(name, "again");
        stand.press(button);
        assert_eq!(stand.shared.asked().len(), 1, "nothing is tried before the time");
        stand.shared.0.lock().unwrap().later_ms = 8_000;
        stand.harness.run_ok();
        stand.press(button);
        assert_eq!(stand.shared.asked().len(), 2);
    }
}

#[test]
fn a_key_locks_and_without_a_passphrase_asks_for_one_first() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::COMMAND, Key::L);
    assert!(stand.has("Locking needs a passphrase") && stand.shared.asked().is_empty());
    stand.key(Modifiers::NONE, Key::Escape);
    stand.shared.publish(|world| world.home.session = session(OPEN));
    stand.settle();
    stand.key(Modifiers::COMMAND, Key::L);
    assert_eq!(stand.shared.asked(), [Command::Session(SessionCommand::Lock)]);
    assert!(stand.has("Locking…") && !stand.has("Fence and gates"), "out of sight at once");
}

#[test]
fn the_palette_knows_how_to_lock() {
    let mut stand = Stand::drawings(&Look::default());
    stand.shared.publish(|world| world.home.session = session(OPEN));
    stand.settle();
    stand.key(Modifiers::COMMAND, Key::K);
    stand.harness.event(egui::Event::Text("lock".to_owned()));
    stand.settle();
    stand.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stand.shared.asked(), [Command::Session(SessionCommand::Lock)]);
}

#[test]
fn what_is_typed_is_not_shown_and_a_person_at_work_is_noticed() {
    let mut stand = locked(&Look::default(), None);
    stand.write("Passphrase", "correct horse");
    let field = stand.harness.get_by_role(Role::PasswordInput);
    assert!(!field.accesskit_node().value().unwrap_or_default().contains("horse"));
    assert!(stand.shared.0.lock().unwrap().here > 0);
}

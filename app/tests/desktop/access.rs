//! Members, their access and its changes, as a person meets them.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use enginus_engine::api::{
    AccessAnswer, AccessCommand, Answer, Command, Failure, FailureKind, ProjectSnapshot, ProjectState, Update,
};
use enginus_model::{Hash, Language, PersonId};

use crate::samples;
use crate::samples::access;
use crate::stand::{Look, Stand, done};

pub(crate) fn members(look: &Look) -> Stand {
    let mut stand = Stand::drawings(look);
    stand.key(Modifiers::COMMAND, Key::Num2);
    stand
}

pub(crate) fn answered(answer: AccessAnswer) -> Vec<Update> {
    vec![done(Answer::Access(answer))]
}

fn project() -> Option<String> {
    Some(samples::PROJECT.to_string())
}

/// The commands about access that were asked.
fn asked(stand: &Stand) -> Vec<AccessCommand> {
    let access = stand.shared.asked().into_iter().filter_map(|command| match command {
        Command::Access(command) => Some(command),
        _ => None,
    });
    access.collect()
}

pub(crate) fn with_review() -> ProjectSnapshot {
    let mut project = samples::project(samples::drawings(samples::domain(2)));
    let view = Arc::make_mut(&mut project.access);
    (view.waiting_for_review, view.may_review) = (3, true);
    project
}

#[test]
fn people_stand_by_rank_with_devices_and_former_members_below() {
    let stand = members(&Look::default());
    for words in ["Owner's engineer", "until 1 Apr 2027", "ended 21 Nov 2026", "Site tablet · 0d0d0d0d · last heard of"]
    {
        assert!(stand.has(words), "{words}");
    }
    assert!(stand.has("Former members") && stand.has("Subcontractor"));
    assert!(stand.has("Workstation · 02020202 · connected now") && stand.has("Laptop · 01010101 · this device"));
    let order: Vec<_> = ["Owner", "Document controller", "Contractor", "Subcontractor"]
        .iter()
        .map(|name| stand.harness.get_all_by_label(name).last().unwrap().rect().top())
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(stand.harness.query_by_label("Remove Owner").is_none(), "nobody removes themselves");
    assert!(stand.harness.query_by_label("Remove Subcontractor").is_none(), "nor whom nobody can remove again");
}

#[test]
fn the_matrix_tells_in_words_what_its_marks_mean() {
    for (language, tab, cells) in [
        (
            Language::En,
            "Access by folder",
            [
                "Contractor, Connection Assessment: reads, comments",
                "Design office, Payment Requests: no access",
                "Document controller, Materials: reads, writes records, comments, manages access",
            ],
        ),
        (
            Language::Tr,
            "Klasörlere göre yetki",
            [
                "Contractor, Bağlantı Görüşü: okur, yorum yapar",
                "Design office, Hakedişler: yetkisi yok",
                "Document controller, Malzemeler: okur, kayıt yazar, yorum yapar, yetki yönetir",
            ],
        ),
    ] {
        let mut stand = members(&Look { language, ..Look::default() });
        stand.press(tab);
        for cell in cells {
            stand.harness.get_by_role_and_label(Role::Cell, cell);
        }
        assert_eq!(stand.harness.query_all_by_role(Role::Cell).count(), 6 * 7, "former members are not in it");
    }
}

#[test]
fn a_removal_shows_what_it_does_before_it_asks_why() {
    for (language, [remove, reading, kept, keys, reason, send]) in [
        (
            Language::En,
            [
                "Remove Contractor",
                "Reads nothing new from now on in: Connection Assessment, Projects",
                "12 entries of theirs stay",
                "9 keys are made anew; what they have received already stays with them",
                "Reason",
                "Remove Contractor now",
            ],
        ),
        (
            Language::Tr,
            [
                "Çıkar: Contractor",
                "Bundan sonra eklenenleri okuyamaz: Bağlantı Görüşü, Projeler",
                "12 kaydı olduğu gibi kalır",
                "9 anahtar yenilenir; daha önce aldıkları kendisinde kalır",
                "Gerekçe",
                "Şimdi çıkar: Contractor",
            ],
        ),
    ] {
        let mut stand = members(&Look { language, ..Look::default() });
        stand.shared.answer_with(|command| match command {
            Command::Access(AccessCommand::Revoke { preview, .. }) => {
                answered(AccessAnswer::Changed(access::change(!preview)))
            }
            _ => Vec::new(),
        });
        stand.press(remove);
        assert!(stand.has(reading) && stand.has(kept) && stand.has(keys));
        let revoke = |preview, reason: &str| AccessCommand::Revoke {
            project: project(),
            who: PersonId([3; 32]).to_string(),
            reason: reason.to_owned(),
            preview,
        };
        assert_eq!(asked(&stand), [revoke(true, "")]);
        stand.press(send);
        assert_eq!(asked(&stand).len(), 1, "nobody is removed without a reason");
        stand.write(reason, "Contract ended");
        stand.press(send);
        assert_eq!(asked(&stand)[1], revoke(false, "Contract ended"));
        let told = if language == Language::En { "Contractor was removed" } else { "Contractor çıkarıldı" };
        assert!(stand.has(told) && !stand.has(send), "the dialog closes");
    }
}

#[test]
fn a_removal_that_cannot_be_looked_at_is_not_offered() {
    let mut stand = members(&Look::default());
    stand.shared.answer_with(|_| {
        let failure = Failure::new(FailureKind::NotAllowed, "you do not stand above whom this concerns");
        vec![Update::Done(Err(failure))]
    });
    stand.press("Remove Contractor");
    assert!(stand.has("you do not stand above whom this concerns"));
    stand.write("Reason", "Contract ended");
    stand.press("Remove Contractor now");
    assert_eq!(asked(&stand).len(), 1);
}

#[test]
fn another_role_is_looked_at_first_and_again_when_something_else_is_chosen() {
    let mut stand = members(&Look::default());
    stand.shared.answer_with(|command| match command {
        Command::Access(AccessCommand::Role { preview, .. }) => {
            answered(AccessAnswer::Changed(access::change(!preview)))
        }
        _ => Vec::new(),
    });
    stand.press("Change the role of Contractor");
    stand.choose("Role", "Investor");
    stand.press("Show what it does");
    assert!(stand.has("Writes nothing more in: Projects, Materials, Site Control Forms"));
    stand.press("Choose something else");
    assert!(!stand.has("Writes nothing more in"), "what was looked at holds no longer");
    stand.harness.get_by_role_and_label(Role::CheckBox, "Materials").click();
    stand.settle();
    stand.choose("Access ends after", "30 days");
    stand.press("Show what it does");
    stand.write("Reason", "Hands the site over");
    stand.press_button("Change the role");
    let role = |preview, folders: &[&str], expires_seconds, reason: &str| AccessCommand::Role {
        project: project(),
        who: PersonId([3; 32]).to_string(),
        role: "investor".to_owned(),
        folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
        expires_seconds,
        reason: reason.to_owned(),
        preview,
    };
    let month = Some(30 * 24 * 60 * 60);
    let expected = [
        role(true, &[], None, ""),
        role(true, &["materials"], month, ""),
        role(false, &["materials"], month, "Hands the site over"),
    ];
    assert_eq!(asked(&stand), expected);
    assert!(stand.has("Contractor has another role now"));
}

#[test]
fn an_open_invitation_is_cancelled_with_a_reason() {
    let mut stand = members(&Look::default());
    stand.press("Invitations 2");
    assert!(stand.has("3 uses left") && stand.has("came with it: Contractor") && stand.has("expired 21 Nov 2026"));
    assert!(stand.has("Materials, Site Control Forms"));
    stand.press("Copy the id of invitation a1a1a1a1");
    assert!(stand.has("Copied"));
    stand.press("Cancel invitation a1a1a1a1");
    stand.write("Reason", "Sent to the wrong address");
    stand.press("Cancel it");
    let cancel = AccessCommand::CancelInvitation {
        project: project(),
        invitation: Hash([0xa1; 32]).to_string(),
        reason: "Sent to the wrong address".to_owned(),
    };
    assert_eq!(asked(&stand), [cancel]);
}

#[test]
fn the_history_names_who_what_whom_why_and_what_does_not_count() {
    let mut stand = members(&Look::default());
    stand.press("History");
    assert!(stand.has("Looking it up"), "it is on its way");
    let mut stand = members(&Look::default());
    stand.shared.answer_with(|_| answered(AccessAnswer::History(access::history())));
    stand.press("History");
    for words in [
        "Owner let Contractor in",
        "Owner removed Subcontractor",
        "“The piling contract has ended”",
        "Does not count: the signer does not stand above",
        "Owner accepted 2 held entries",
        "Owner ended an earlier role",
    ] {
        assert!(stand.has(words), "{words}");
    }
    stand.press("Copy the signing key 0bc40b7e");
    assert!(stand.has("Copied"));
    assert_eq!(asked(&stand).len(), 1, "it is asked for once");
}

#[test]
fn a_history_that_cannot_be_read_can_be_asked_for_again() {
    let mut stand = members(&Look::default());
    stand.shared.answer_with(|_| vec![Update::Done(Err(Failure::new(FailureKind::Storage, "the disk is full")))]);
    stand.press("History");
    assert!(stand.has("the disk is full"));
    stand.shared.answer_with(|_| answered(AccessAnswer::History(access::history())));
    stand.press("Try again");
    assert!(stand.has("Owner let Contractor in"));
}

#[test]
fn what_waits_for_review_is_seen_and_accepted_with_a_reason() {
    let mut stand = Stand::on(with_review(), &Look::default());
    stand.shared.answer_with(|command| match command {
        Command::Access(AccessCommand::Review { .. }) => answered(AccessAnswer::Review(access::held())),
        Command::Access(AccessCommand::Accept { .. }) => answered(AccessAnswer::Accepted { entries: 1 }),
        _ => Vec::new(),
    });
    assert!(stand.has("3 entries of removed members wait for review"));
    stand.press("Look at them");
    assert!(stand.has("GES12-MAT-XX-ZZ-CE-S-8001") && stand.has("This device cannot open it."));
    assert!(stand.has("not yours to accept"));
    stand.press("Subcontractor · 22222222");
    stand.press("Accept 1 entry…");
    stand.press_button("Accept");
    assert_eq!(asked(&stand).len(), 1, "nothing is accepted without a reason");
    stand.write("Reason", "Measured on site");
    stand.press_button("Accept");
    let accept = AccessCommand::Accept {
        project: project(),
        entries: vec![Hash([0x22; 32]).to_string()],
        reason: "Measured on site".to_owned(),
    };
    assert_eq!(asked(&stand)[1], accept);
    assert!(stand.has("1 entry counts now"));
    stand.press("Accept all…");
    stand.write("Reason", "All of it");
    stand.press_button("Accept");
    let asked = asked(&stand);
    let Some(AccessCommand::Accept { entries, .. }) = asked.last() else { panic!("{asked:?}") };
    assert_eq!(entries.len(), 2, "only what this person may accept");
}

#[test]
fn a_project_that_ended_for_this_person_is_read_and_not_changed() {
    for (language, title, folder, add) in [
        (Language::En, "Owner removed you from this project on 20 Nov 2026", "Projects", "Add"),
        (Language::Tr, "Owner sizi 20.11.2026", "Projeler", "Ekle"),
    ] {
        let mut project = samples::project(samples::drawings(samples::domain(2)));
        project.state = ProjectState::Removed(access::removed());
        let mut stand = Stand::on(project, &Look { language, ..Look::default() });
        assert!(stand.has(title) && stand.has("The piling contract has ended"));
        stand.press(folder);
        stand.key(Modifiers::NONE, Key::ArrowDown);
        assert!(stand.has("Short-circuit calculation"), "what was here stays readable");
        assert!(stand.harness.query_by_role_and_label(Role::Button, add).is_none());
        for key in [Key::N, Key::I, Key::R] {
            stand.key(Modifiers::COMMAND, key);
        }
        stand.key(Modifiers::NONE, Key::Delete);
        stand.key(Modifiers::NONE, Key::F2);
        stand.key(Modifiers::COMMAND, Key::Num2);
        assert!(stand.harness.query_by_label("Remove Contractor").is_none());
        assert!(stand.shared.asked().is_empty(), "no key changes anything: {:?}", stand.shared.asked());
    }
}

#[test]
fn members_can_be_reached_and_removed_with_the_keyboard_alone() {
    let mut stand = members(&Look::default());
    stand.shared.answer_with(|_| answered(AccessAnswer::Changed(access::change(false))));
    stand.harness.get_by_label("Remove Contractor").focus();
    stand.settle();
    stand.key(Modifiers::NONE, Key::Enter);
    assert!(stand.has("What this will do"));
    stand.harness.event(egui::Event::Text("Contract ended".to_owned()));
    stand.settle();
    stand.key(Modifiers::COMMAND, Key::Enter);
    assert!(
        matches!(&asked(&stand)[..], [_, AccessCommand::Revoke { preview: false, reason, .. }] if reason == "Contract ended")
    );
}

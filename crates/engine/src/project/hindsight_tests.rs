//! What was taken in before it was known who may do what: removals and cancelled tickets that come later, or come to some alone.

use enginus_access::{Contact, EpochRecord};
use enginus_envelope::{Envelope, Parts};
use enginus_model::{DocumentId, DomainId, EpochId};

use super::gathered::Intake;
use super::testing::Site;

const FOLDER: &str = "projects";

fn titles(site: &Site) -> Vec<String> {
    site.register().into_iter().map(|(_, number, title)| format!("{number} {title}")).collect()
}

/// Owner and controller, and somebody who came by the controller with a ticket that the owner cancels without having heard of them.
/// The controller has built on one of their two documents.
fn cancelled_too_late() -> (Site, Site, Site, DocumentId) {
    let mut owner = Site::owner();
    let mut controller = owner.member("Controller", "document-controller");
    owner.meet(&mut controller);
    let ticket = owner.ticket("contractor", true);
    controller.take(&owner.envelopes());
    let mut late = controller.joined("Late", &ticket);
    let built_on = late.plan(FOLDER, "SP-100");
    late.plan(FOLDER, "SP-101");
    controller.take(&late.envelopes());
    controller.retitle(FOLDER, built_on, "CHECKED");
    assert_eq!(titles(&controller), ["SP-100 CHECKED", "SP-101 SP-101"]);
    let [invitation] = owner.project.authority().invitations().try_into().unwrap();
    owner.project.cancel_invitation(invitation.statement, "sent to the wrong address").unwrap();
    (owner, controller, late, built_on)
}

fn shown(site: &Site) -> Vec<(DomainId, Vec<u8>, Vec<u8>)> {
    let reader = site.project.store().read().unwrap();
    let mut shown = Vec::new();
    for domain in site.project.state.clock.keys() {
        reader.rows(domain, |id, bytes| shown.push((*domain, id.as_bytes().to_vec(), bytes.to_vec()))).unwrap();
    }
    shown.sort();
    shown
}

#[test]
fn what_a_ticket_brought_that_was_cancelled_meanwhile_counts_the_same_everywhere() {
    let (mut owner, mut controller, late, _) = cancelled_too_late();
    owner.meet(&mut controller);
    assert!(controller.project.authority().author_of(&late.project.device()).is_none());
    assert_eq!(titles(&controller), ["SP-100 SP-100", "SP-101 SP-101"][..0], "nobody knows their author any more");
    assert_eq!(titles(&owner), titles(&controller));
    assert_eq!(shown(&owner), shown(&controller));
    for site in [&mut owner, &mut controller] {
        assert!(site.project.rebuild().unwrap().1, "a rebuild changes nothing");
    }
}

#[test]
fn whoever_comes_back_with_another_ticket_brings_their_work_along() {
    let (mut owner, mut controller, late, _) = cancelled_too_late();
    owner.meet(&mut controller);
    let contact = Contact::new(late.project.identity().person.public(), "Late", "");
    let offer = owner.offer("contractor", true);
    owner.project.invite_person(&contact, &offer).unwrap();
    owner.meet(&mut controller);
    assert_eq!(controller.project.authority().author_of(&late.project.device()), Some(late.me()));
    assert_eq!(titles(&controller), ["SP-100 CHECKED", "SP-101 SP-101"], "nothing was lost");
    assert_eq!(shown(&owner), shown(&controller));
    for site in [&mut owner, &mut controller] {
        assert!(site.project.rebuild().unwrap().1, "a rebuild changes nothing");
    }
}

fn decoded(bytes: &[u8]) -> Envelope {
    Envelope::decode(bytes).unwrap()
}

/// Owner, controller, and the contractor whom the owner removed: the controller has the keys made then, and not the removal.
fn keys_ahead_of_a_removal() -> (Site, Site, Site, EpochId) {
    let mut owner = Site::owner();
    owner.plan(FOLDER, "SP-001");
    let mut controller = owner.member("Controller", "document-controller");
    let mut contractor = owner.member("Contractor", "contractor");
    for _ in 0..2 {
        owner.meet(&mut controller);
        owner.meet(&mut contractor);
    }
    owner.project.revoke_member(contractor.me(), "left").unwrap();
    let folder = owner.folder(FOLDER);
    let epoch = owner.project.current_epoch(&folder).unwrap();
    let keys = DomainId::keys(&owner.project.id());
    let keys_alone: Vec<_> =
        owner.envelopes().into_iter().filter(|bytes| decoded(bytes).header.domain == keys).collect();
    controller.take(&keys_alone);
    assert!(controller.project.state.epochs.secret(&folder, &epoch).is_some());
    assert_eq!(controller.project.authority().readers(&folder).len(), 6, "three persons, each with a device");
    (owner, controller, contractor, epoch)
}

#[test]
fn a_manager_who_opens_an_epoch_before_hearing_of_a_removal_leads_nobody_back_past_it() {
    let (owner, mut controller, mut contractor, epoch) = keys_ahead_of_a_removal();
    let folder = owner.folder(FOLDER);
    let mut intake = Intake::default();
    let opened = controller.project.open_epoch(folder, &mut intake);
    controller.project.commit_own(opened, intake).unwrap();
    let opened = controller.project.current_epoch(&folder).unwrap();
    contractor.take(&controller.envelopes());
    let secret = |site: &Site, epoch| site.project.state.epochs.secret(&folder, epoch).is_some();
    assert!(opened == epoch || secret(&contractor, &opened), "they were not removed, as far as the controller knew");
    assert!(!secret(&contractor, &epoch), "the link of the later epoch opened the one made at the removal");

    // Once the removal is here an epoch follows both, and the removed have neither way into it.
    controller.take(&owner.envelopes());
    controller.plan(FOLDER, "SP-002");
    let after = controller.project.current_epoch(&folder).unwrap();
    contractor.take(&controller.envelopes());
    assert!(!secret(&contractor, &after) && !secret(&contractor, &epoch));
}

#[test]
fn a_manager_who_has_the_new_keys_and_not_the_removal_gives_them_to_nobody() {
    let (owner, mut controller, mut contractor, epoch) = keys_ahead_of_a_removal();
    let folder = owner.folder(FOLDER);
    let keys = DomainId::keys(&owner.project.id());
    contractor.take(&controller.envelopes());
    contractor.take(&owner.envelopes());
    assert!(
        contractor.project.state.epochs.secret(&folder, &epoch).is_none(),
        "the removed member was given the new epoch"
    );

    // Once the removal is here whoever else lacks them is given them, under the same epoch.
    controller.take(&owner.envelopes());
    assert_eq!(controller.project.current_epoch(&folder), Some(epoch));
    let seals = |site: &Site| -> usize {
        let records =
            site.envelopes().into_iter().map(|bytes| decoded(&bytes)).filter(|envelope| envelope.header.domain == keys);
        let records = records.filter_map(|envelope| match envelope.open(None).unwrap().parts {
            Parts::Keys(records) => Some(records),
            _ => None,
        });
        let records = records.flatten().map(|bytes| EpochRecord::decode(&bytes).unwrap());
        records.filter(|record| record.epoch == epoch).map(|record| record.seals.len()).sum()
    };
    assert_eq!(seals(&controller), seals(&owner));
}

#[test]
fn a_removed_device_goes_on_judging_what_others_wrote() {
    let mut owner = Site::owner();
    let mut controller = owner.member("Controller", "document-controller");
    let mut contractor = owner.member("Contractor", "contractor");
    let mut colleague = owner.member("Colleague", "contractor");
    for _ in 0..2 {
        for member in [&mut controller, &mut contractor, &mut colleague] {
            owner.meet(member);
        }
    }
    contractor.plan(FOLDER, "SP-301");
    colleague.plan(FOLDER, "SP-300");
    contractor.take(&colleague.envelopes());
    controller.project.revoke_member(colleague.me(), "left").unwrap();
    owner.project.revoke_member(contractor.me(), "left").unwrap();
    contractor.take(&owner.envelopes());
    assert!(contractor.project.is_removed());
    assert_eq!(titles(&contractor), ["SP-300 SP-300", "SP-301 SP-301"]);
    contractor.take(&controller.envelopes());
    assert_eq!(titles(&contractor), ["SP-301 SP-301"], "what came after the colleague's removal counts nowhere");
    assert!(contractor.project.rebuild().unwrap().1, "a rebuild changes nothing");
}

#[test]
fn accepted_work_is_shown_under_the_same_name_everywhere() {
    let mut owner = Site::owner();
    let mut controller = owner.member("Controller", "document-controller");
    owner.meet(&mut controller);
    let ticket = owner.ticket("contractor", true);
    controller.take(&owner.envelopes());
    let mut late = controller.joined("Late", &ticket);
    late.plan(FOLDER, "SP-100");
    controller.project.revoke_member(late.me(), "left").unwrap();
    controller.take(&late.envelopes());
    assert_eq!(controller.project.accept_held(&[], "agreed").unwrap(), 1);
    assert_eq!(titles(&controller), ["SP-100 SP-100"]);
    // The owner has not heard of them.
    let [invitation] = owner.project.authority().invitations().try_into().unwrap();
    owner.project.cancel_invitation(invitation.statement, "sent to the wrong address").unwrap();
    owner.meet(&mut controller);
    assert!(controller.project.authority().author_of(&late.project.device()).is_none());
    assert_eq!(titles(&owner), titles(&controller));
    assert_eq!(shown(&owner), shown(&controller));
    assert!(controller.project.rebuild().unwrap().1, "a rebuild changes nothing");
}

#[test]
fn a_joiner_whose_program_ended_before_the_settings_came_shows_everything_afterwards() {
    let mut owner = Site::owner();
    owner.plan(FOLDER, "SP-001");
    let mut joiner = Site::backdated(&owner.ticket("contractor", true));
    let settings = DomainId::settings(&owner.project.id());
    let (later, first): (Vec<_>, Vec<_>) =
        owner.envelopes().into_iter().partition(|bytes| decoded(bytes).header.domain == settings);
    joiner.take(&first);
    assert_eq!(titles(&joiner), [] as [&str; 0], "nobody can name the folder yet");
    let mut joiner = joiner.copy();
    // A second document takes the same number, in the same folder, before anybody sees the first.
    owner.plan(FOLDER, "SP-001");
    let more: Vec<_> = owner.envelopes().into_iter().filter(|bytes| decoded(bytes).header.domain != settings).collect();
    joiner.take(&more);
    joiner.take(&later);
    owner.meet(&mut joiner);
    assert_eq!(titles(&joiner), ["SP-001 SP-001"; 2]);
    assert_eq!(shown(&joiner), shown(&owner), "both know that the number was taken twice");
}

#[test]
fn what_was_written_under_an_epoch_of_somebody_removed_since_is_read_by_those_who_come_later() {
    let mut owner = Site::owner();
    let mut controller = owner.member("Controller", "document-controller");
    owner.meet(&mut controller);
    let folder = owner.folder(FOLDER);
    let mut intake = Intake::default();
    let opened = controller.project.open_epoch(folder, &mut intake);
    controller.project.commit_own(opened, intake).unwrap();
    let epoch = controller.project.current_epoch(&folder).unwrap();
    owner.meet(&mut controller);
    owner.plan(FOLDER, "SP-001");
    assert_eq!(owner.project.current_epoch(&folder), Some(epoch), "written under the controller's");
    owner.project.revoke_member(controller.me(), "left").unwrap();
    owner.plan(FOLDER, "SP-002");
    assert_ne!(owner.project.current_epoch(&folder), Some(epoch));
    let late = owner.member("Contractor", "contractor");
    assert!(late.project.state.epochs.secret(&folder, &epoch).is_some());
    assert_eq!(titles(&late), ["SP-001 SP-001", "SP-002 SP-002"]);
}

#[test]
fn nothing_is_known_to_be_held_elsewhere_once_the_logs_go_on_in_another_incarnation() {
    let mut owner = Site::owner();
    owner.plan(FOLDER, "SP-001");
    assert!(owner.project.unconfirmed() > 0);
    let held = owner.project.tips();
    owner.project.confirm(None, held.clone());
    assert_eq!(owner.project.unconfirmed(), 0);
    assert!(owner.project.last_confirmed().is_some());
    owner.plan(FOLDER, "SP-002");
    assert_eq!(owner.project.unconfirmed(), 1);
    owner.project.confirm(None, held);
    assert_eq!(owner.project.unconfirmed(), 1, "what was said before the second");
    owner.project.reincarnate("for this test").unwrap();
    owner.plan(FOLDER, "SP-003");
    assert_eq!(owner.project.unconfirmed(), 1, "the third is in a log that nobody has seen");
}

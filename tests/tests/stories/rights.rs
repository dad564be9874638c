//! Who may read and write what, held on every device without asking anybody.

use enginus_engine::api::{Command, Failure, FailureKind};
use enginus_tests::{Device, FOLDERS, Stage, files_under};

/// An owner with a drawing in every folder, and a member of `role`; both online and equal.
async fn with_member(stage: &Stage, role: &str, only: &[&str]) -> (Device, Device) {
    let owner = Device::owner(stage, &[]).await.online().await;
    for (seed, folder) in (1..).zip(FOLDERS) {
        owner.add(folder, &[stage.drawing(&format!("SP-00{seed}_SHEET-P01.pdf"), seed)]).await;
    }
    let member = Device::new(stage, "Member").await;
    member.join_now(&owner.invite(role, only).await).await;
    (owner, member)
}

async fn refused(member: &Device, stage: &Stage, folder: &str) -> Failure {
    member.try_add(folder, &[stage.drawing("SP-900_OWN-P01.pdf", 90)]).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contractor_reads_the_connection_assessment_and_cannot_write_it() {
    let stage = Stage::new();
    let (owner, contractor) = with_member(&stage, "contractor", &[]).await;
    assert_eq!(contractor.numbers().await.len(), FOLDERS.len());
    for spelling in ["Connection Assessment", "Bağlantı Görüşü", "connection-assessment"] {
        let failure = refused(&contractor, &stage, spelling).await;
        assert!(failure.kind == FailureKind::NotAllowed && failure.hint.is_some(), "{failure}");
    }
    let edit = |number: &str| Command::DocEdit {
        project: None,
        number: number.to_owned(),
        fields: vec![("title".to_owned(), "CHANGED".to_owned())],
    };
    assert_eq!(contractor.ask(edit("SP-001")).await.unwrap_err().kind, FailureKind::NotAllowed);
    contractor.ask(edit("SP-002")).await.unwrap();
    let folders = contractor.window().folders.clone();
    let read_only: Vec<_> =
        folders.iter().filter(|folder| !folder.may_write).map(|folder| folder.slug.as_str()).collect();
    assert_eq!(read_only, ["connection-assessment"]);
    assert_eq!(contractor.invitation("contractor", &[]).await.unwrap_err().kind, FailureKind::NotAllowed);
    owner.close().await;
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_design_office_never_holds_payment_requests() {
    let stage = Stage::new();
    let (owner, office) = with_member(&stage, "design-office", &[]).await;
    let (ours, theirs) = (owner.status().await.envelopes, office.status().await.envelopes);
    let objects = files_under(&office.home().join("objects")).len();
    let secret: Vec<_> = (0..20).map(|n| stage.drawing(&format!("PAY-{n:03}_CERTIFICATE-P01.pdf"), 100 + n)).collect();
    owner.add("Payment Requests", &secret).await;
    owner.add("Projects", &[stage.drawing("SP-100_AFTER-P01.pdf", 99)]).await;
    office.sync().await;

    // Of the 21 acts one is for this office: the others are not even stored, sealed or not.
    assert_eq!(owner.status().await.envelopes - ours, 21);
    assert_eq!(office.status().await.envelopes - theirs, 1);
    assert_eq!(files_under(&office.home().join("objects")).len() - objects, 2, "one manifest, one chunk");
    let numbers = office.numbers().await;
    assert!(numbers.contains(&"SP-100".to_owned()) && numbers.len() == FOLDERS.len());
    assert!(!numbers.iter().any(|number| number.starts_with("PAY-") || number == "SP-007"), "{numbers:?}");

    let output = stage.path("log.xlsx");
    let folder = "Payment Requests".to_owned();
    let questions = [
        Command::DocShow { project: None, number: "PAY-001".to_owned() },
        Command::DocShow { project: None, number: "Payment Requests/PAY-001".to_owned() },
        Command::DocGet {
            project: None,
            number: "SP-007".to_owned(),
            revision: None,
            output: output.clone(),
            wait_ms: 500,
        },
        Command::DocList { project: None, folder: Some(folder.clone()), removed: true },
        Command::LogExport { project: None, folder, output: output.clone() },
    ];
    for question in questions {
        let failure = office.ask(question.clone()).await.unwrap_err();
        assert!(matches!(failure.kind, FailureKind::NotAllowed | FailureKind::NotFound), "{question:?}: {failure}");
    }
    assert!(!output.exists());
    assert!(office.window().folders.iter().all(|folder| folder.slug != "payment-requests"));
    let (envelopes, _) = office.export(&stage.path("office.enginus")).await;
    assert_eq!(envelopes, office.status().await.envelopes, "what it does not hold it cannot pass on");
    office.rebuild().await;
    owner.close().await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_can_be_narrowed_to_folders() {
    let stage = Stage::new();
    let (owner, member) = with_member(&stage, "contractor", &["Site Control Forms", "Malzemeler"]).await;
    assert_eq!(member.numbers().await, ["SP-004", "SP-005"]);
    let slugs: Vec<_> = member.window().folders.iter().map(|folder| folder.slug.clone()).collect();
    assert_eq!(slugs, ["materials", "site-control-forms"]);
    assert_eq!(refused(&member, &stage, "Projects").await.kind, FailureKind::NotAllowed);
    member.add("Materials", &[stage.drawing("SP-040_CABLE-P01.pdf", 40)]).await;
    owner.sync().await;
    assert!(owner.numbers().await.contains(&"SP-040".to_owned()));
    let nowhere = owner.invitation("contractor", &["Archive"]).await.unwrap_err();
    assert!(nowhere.kind == FailureKind::NotFound && nowhere.candidates.len() == FOLDERS.len(), "{nowhere:?}");
    owner.close().await;
    member.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_investor_writes_nothing() {
    let stage = Stage::new();
    let (owner, investor) = with_member(&stage, "investor", &[]).await;
    assert_eq!(investor.numbers().await.len(), FOLDERS.len());
    for folder in FOLDERS {
        assert_eq!(refused(&investor, &stage, folder).await.kind, FailureKind::NotAllowed, "{folder}");
    }
    assert_eq!(owner.members().await.len(), investor.members().await.len());
    owner.close().await;
    investor.close().await;
}
